"""Documents that mean harm: one sentence and exit code 2 from every command that reads them."""

from __future__ import annotations

import json
import os

import pytest

from auditor.report.formats import json as report_json
from tests.fixtures.pbx import configuration_of, write
from tests.report.factory import make_report, make_result

BAD_TOML = {
    "long number": b"x = " + b"9" * 5000,
    "deep": b"x = " + b"[" * 100_000,
    "deep names": b".".join([b"a"] * 50_000) + b" = 1",
    "surrogate": b'x = "\\ud800"',
    "surrogate in UTF-8": b'x = "\xed\xa0\x80"',
    "infinite": b"x = inf",
    "large": b"#" * 5_000_000,
    "binary": bytes(range(256)),
}
BAD_JSON = {
    "long number": b'{"schema_version": ' + b"9" * 5000 + b"}",
    "deep": b'{"schema_version": ' + b"[" * 100_000,
    "deep and whole": b'{"pbx-auditor-snapshot": ' * 300 + b"1" + b"}" * 300,
    "surrogate": b'{"schema_version": "\\ud800"}',
    "surrogate in UTF-8": b'{"schema_version": "\xed\xa0\x80"}',
    "infinite": b'{"schema_version": 1e999}',
    "constant": b'{"schema_version": NaN}',
    "list": b"[]",
    "number": b"1",
    "binary": bytes(range(256)),
    "nothing": b"",
}
TOML_READERS = {
    "site": ("audit", "cfg.txt", "--site", "bad.toml"),
    "site of collect": ("collect", "cfg.txt", "--site", "bad.toml"),
    "waivers": ("audit", "cfg.txt", "--waivers", "bad.toml"),
    "waivers lint": ("waivers", "lint", "bad.toml"),
    "waivers list": ("waivers", "list", "bad.toml"),
    "rules": ("rules", "list", "--rules", "bad"),
    "rules of an audit": ("audit", "cfg.txt", "--rules", "bad"),
    "dialect": ("audit", "cfg.txt", "--site", "dialect.site.toml"),
    "dialect list": ("dialects", "list", "bad.toml"),
    "dialect check": ("dialects", "check", "bad.toml", "--against", "cfg.txt"),
    "branding": ("audit", "cfg.txt", "--site", "branding.site.toml", "--profile", "handover"),
    "waivers of the site": ("audit", "cfg.txt", "--site", "waivers.site.toml"),
}
JSON_READERS = {
    "report": ("report", "bad.json", "--out", "out"),
    "diff": ("diff", "bad.json", "good.json"),
    "diff, new": ("diff", "good.json", "bad.json"),
    "baseline create": ("baseline", "create", "bad.json", "-o", "b.json"),
    "baseline": ("audit", "cfg.txt", "--baseline", "bad.json"),
    "earlier": ("audit", "cfg.txt", "--earlier", "bad.json"),
    "explain": ("rules", "explain", "--in", "bad.json", "0000"),
    "evidence": ("audit", "bad.json"),
    "collect": ("collect", "bad.json"),
    "package": ("package", "create", "folder"),
}


@pytest.fixture
def folder(tmp_path):
    write(
        tmp_path,
        {
            "cfg.txt": configuration_of(),
            "good.json": report_json.render(make_report(make_result())),
            "dialect.site.toml": b'[target]\ndialect = "bad.toml"\n',
            "branding.site.toml": b'[report]\nbranding = "bad.toml"\n',
            "waivers.site.toml": b'[waivers]\nfile = "bad.toml"\n',
        },
    )
    (tmp_path / "bad").mkdir()
    (tmp_path / "folder").mkdir()
    return tmp_path


def refused(console, arguments):
    ended = console(*arguments)
    assert ended.code == 2, ended.err
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert len(ended.err) < 1000
    assert console.crashes() == []


@pytest.mark.parametrize("name", BAD_TOML)
@pytest.mark.parametrize("reader", TOML_READERS)
def test_toml(console, folder, reader, name):
    write(folder, {"bad.toml": BAD_TOML[name], "bad/bad.toml": BAD_TOML[name]})
    refused(console, TOML_READERS[reader])


@pytest.mark.parametrize("name", BAD_JSON)
@pytest.mark.parametrize("reader", JSON_READERS)
def test_json(console, folder, reader, name):
    write(folder, {"bad.json": BAD_JSON[name], "folder/report.json": BAD_JSON[name]})
    refused(console, JSON_READERS[reader])


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "nowhere", "bad", "a\0b"])
@pytest.mark.parametrize("reader", ["site", "waivers", "earlier", "baseline"])
@pytest.mark.usefixtures("folder")
def test_what_is_no_file(console, reader, name):
    arguments = {**TOML_READERS, **JSON_READERS}[reader]
    given = [name if part.startswith("bad.") else part for part in arguments]
    ended = console(*given)
    # Before its first night, a folder of reports holds none.
    is_empty = (name == "/dev/null" and reader in {"site", "waivers"}) or (reader, name) == (
        "earlier",
        "bad",
    )
    assert ended.code == 2 or is_empty
    assert console.crashes() == []


def test_a_site_file_with_a_number_that_json_cannot_hold_reaches_no_report(console, folder):
    write(folder, {"site.toml": b"[target]\nobjects = " + b"9" * 4000})
    refused(console, ("audit", "cfg.txt", "--site", "site.toml", "--out", "out"))
    assert not (folder / "out").exists()


def test_the_factory_of_reports_makes_one_that_is_read(console, folder):
    assert console("diff", "good.json", "good.json").code == 0
    assert json.loads((folder / "good.json").read_bytes())


@pytest.mark.parametrize("reader", ["site", "waivers", "earlier", "baseline"])
def test_nobody_waits_for_a_pipe_to_be_written_to(console, folder, reader):
    os.mkfifo(folder / "bad.toml")
    os.mkfifo(folder / "bad.json")
    refused(console, {**TOML_READERS, **JSON_READERS}[reader])


def test_a_name_that_is_no_text(console, folder):
    (folder / "\udcff.txt").write_bytes(configuration_of())
    refused(console, ("audit", "\udcff.txt", "--out", "out"))
    (folder / "names").mkdir()
    (folder / "names/\udcff.txt").write_bytes(configuration_of())
    ended = console("audit", "names", "--out", "out")
    assert ended.code in {1, 4}
    assert json.loads((folder / "out/report.json").read_bytes())
