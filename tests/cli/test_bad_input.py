"""Bad input: the message names the place and what to do; never a traceback, never a pass."""

from __future__ import annotations

import json
import re

import pytest

from tests.fixtures.pbx import (
    PBX_PASSWORD,
    configuration_of,
    item,
    simulated,
    site_of,
    text,
    write,
)
from tests.fixtures.program import execute, site_option
from tests.fixtures.sentences import says

SITE = """\
[target]
name = "Werk"
dialect = "simulated"
[hot_desk]
base_users = ["hot-desk-base"]
users = []
[dialling]
trunk_prefixes = ["0"]
"""
GOOD = configuration_of()
FIRST_OBJECT = GOOD.index(b"mod cmd FLASHDIR0 add-item 101")


def base(attributes="", *children, **names):
    given = {"cn": "Hot Desk Base", "h323": "hot-desk-base", "e164": "#10", **names}
    return item(f"<user {attributes}>{''.join(children)}</user>", **given)


def admin(*filters):
    return item(*filters, '<user pwd="00ff" key="11ee"/>', cn="_ADMIN_", h323="pbx-admin")


def call_filter(name, *rows):
    shown = "".join(
        f'<sim-row number="{number}" next="{following}"/>' for number, following in rows
    )
    return f'<filter name="{name}">{shown}</filter>'


def statuses_in(folder):
    report = json.loads((folder / "report.json").read_bytes())
    return {result["id"]: result["status"] for result in report["results"]}


def details_in(folder, control):
    report = json.loads((folder / "report.json").read_bytes())
    (result,) = (result for result in report["results"] if result["id"] == control)
    return " ".join(observation["detail"] for observation in result["observations"])


REFUSED = {
    "empty.txt": (b"", r"empty\.txt.*empty"),
    "blank.txt": (b"\r\n \r\n", r"blank\.txt"),
    "binary.txt": (b"config write\n\0\1\2\n", r"binary\.txt.*line 2.*binary"),
    "picture.png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", r"picture\.png"),
    "prose.txt": (b"Dear customer,\nattached is", r"prose\.txt.*line 1"),
    "utf-16.txt": (GOOD.decode().encode("utf-16"), r"utf-16\.txt.*line 1.*UTF-16"),
    "cfg-standard.txt": (GOOD, r"cfg-standard\.txt.*clear text"),
    "long-line.txt": (
        text("config write") + b"x" * (6 << 20),
        r"long-line\.txt.*line 2.*longer",
    ),
    "dtd.xml": (b"<!DOCTYPE i><i><user h323='x'/></i>", r"dtd\.xml.*document type"),
    "entity.xml": (
        b'<!DOCTYPE i [<!ENTITY e SYSTEM "file:///etc/hostname">]><i><user cn="&e;"/></i>',
        r"entity\.xml.*document type",
    ),
    "cut.xml": (b"<info><user cn='a'>", r"cut\.xml.*line 1"),
    "page.xml": (b"<html><body/></html>", r"page\.xml.*no PBX object"),
    "rows.json": (b'{"api": "PbxTableUsers"', r"rows\.json.*JSON"),
    "other.json": (b'{"a": 1}', r"other\.json"),
    "snapshot.json": (b'{"pbx-auditor-snapshot": {"schema_version"', r"snapshot\.json.*damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_evidence_is_refused(console, tmp_path, name):
    content, expected = REFUSED[name]
    write(tmp_path, {name: content})
    ended = console("audit", name, "--out", "out")
    assert ended.code == 2
    assert re.search(expected, ended.err, re.DOTALL), ended.err
    assert says("What to do: ", ended.err)
    assert "Traceback" not in ended.err
    assert "passed" not in ended.out
    assert not (tmp_path / "out").exists()
    assert console.crashes() == []


@pytest.mark.parametrize("name", ["binary.txt", "cfg-standard.txt", "entity.xml"])
def test_the_same_as_a_program_of_its_own(tmp_path, name):
    content, expected = REFUSED[name]
    write(tmp_path, {name: content})
    ended = execute(["audit", name], tmp_path, fresh=True)
    assert ended.code == 2
    assert re.search(expected, ended.err, re.DOTALL)
    assert "Traceback" not in ended.err


def test_an_empty_folder(console, tmp_path):
    (tmp_path / "folder").mkdir()
    ended = console("audit", "folder")
    assert ended.code == 2
    assert "folder" in ended.err
    assert says("What to do: ", ended.err)


@pytest.mark.parametrize("name", ["a" * 300, "a" * 4000, "a/" * 2000, "neu\nzeile.txt", "\x1b[31m"])
def test_a_target_that_is_no_path(console, name):
    ended = console("audit", name)
    assert ended.code == 2
    assert says("What to do: ", ended.err)
    assert "\x1b" not in ended.err
    assert console.crashes() == []


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1",
        "https://127.0.0.1:99999",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:abc",
        "http://ä..ö",
        "http://",
        "ftp://127.0.0.1/cfg.txt",
    ],
)
def test_an_address_that_is_none(console, url):
    console.login(simulated())
    ended = console("audit", url)
    assert ended.code == 2
    assert says("What to do: ", ended.err)
    assert console.crashes() == []


def test_a_bad_address_is_found_before_any_traffic_to_a_good_one(console, server):
    console.login(server.pbx)
    assert console("audit", server.url, "http://127.0.0.1:abc", *site_option()).code == 2
    assert server.requests == []


def test_a_missing_file_is_found_before_any_traffic(console, server):
    console.login(server.pbx)
    assert console("audit", server.url, "no-such-file.txt", *site_option()).code == 2
    assert server.requests == []


def test_a_bad_file_does_not_lose_the_other_targets(console, evidence):
    write(evidence, {"broken.txt": "Hello"})
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
    ended = console("audit", "broken.txt", "hardened.txt", *site_option(), "--out", "out")
    assert ended.code == 2
    (path,) = (evidence / "out").rglob("report.json")
    assert set(statuses_in(path.parent).values()) == {"passed"}


class TestTruncated:
    def test_inside_an_object(self, console, tmp_path):
        at = GOOD.index(b"(cn=Vogel, Kerstin)") + 60
        write(tmp_path, {"cfg.txt": GOOD[:at]})
        ended = console("audit", "cfg.txt", *site_option(), "--out", "out")
        assert ended.code in {1, 4}
        found = statuses_in(tmp_path / "out")
        assert {found[name] for name in ("HD-07", "HD-10", "HD-14", "PBX-17")} == {"unknown"}

    @pytest.mark.parametrize("share", range(1, 20))
    def test_anywhere_it_is_no_success(self, console, tmp_path, share):
        """A file that ends before its objects do may look whole, but never good."""
        end = GOOD.index(b"(cn=_ADMIN_)")
        at = FIRST_OBJECT + (end - FIRST_OBJECT) * share // 20
        write(tmp_path, {"cfg.txt": GOOD[:at]})
        console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
        assert console("audit", "cfg.txt", *site_option()).code != 0

    def test_between_two_objects_nothing_that_was_cut_off_passes(self, console, tmp_path):
        whole = configuration_of("insecure")
        at = whole.index(b"mod cmd FLASHDIR0 add-item 101 (cn=Temp)")
        write(tmp_path, {"cfg.txt": whole[:at]})
        console("audit", "cfg.txt", *site_option("insecure"), "--out", "out")
        found = statuses_in(tmp_path / "out")
        assert "passed" not in {found["HD-10"], found["PBX-17"], found["HD-14"]}

    def test_inside_a_number(self, console, tmp_path):
        line = "config change PBX0 /sim-regs-without-pwd 0"
        write(tmp_path, {"cfg.txt": text(base()) + line.encode(), "site.toml": SITE})
        console("audit", "cfg.txt", "--site", "site.toml", "--out", "out", "--control", "HD-03")
        assert statuses_in(tmp_path / "out")["HD-03"] in {"passed", "unknown"}


def test_wrong_encoding_passes_nothing_that_depends_on_names(console, tmp_path):
    write(tmp_path, {"cfg.txt": GOOD.decode().encode("latin-1", "replace")})
    ended = console("audit", "cfg.txt", *site_option(), "--out", "out")
    assert ended.code in {1, 4}
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert any("UTF-8" in gap["reason"] and gap["line"] for gap in report["gaps"])
    assert "passed" not in {statuses_in(tmp_path / "out")[name] for name in ("HD-07", "PBX-17")}


class TestContradictions:
    def audit(self, console, folder, *lines, control):
        write(folder, {"cfg.txt": text(*lines), "site.toml": SITE})
        ended = console(
            *("audit", "cfg.txt", "--site", "site.toml", "--out", "out", "--control", control)
        )
        assert "Traceback" not in ended.err
        return statuses_in(folder / "out")[control], details_in(folder / "out", control)

    def test_duplicate_users(self, console, tmp_path):
        for control in ("HD-04", "HD-12"):
            attributes = 'hide="true" phone-config="true"'
            status, detail = self.audit(
                console, tmp_path, base(attributes), base(attributes), control=control
            )
            assert (status, "2 objects" in detail) == ("unknown", True)

    @pytest.mark.parametrize("name", ["Hot-Desk-Base", "HOT-DESK-BASE"])
    def test_duplicate_users_that_differ_in_case(self, console, tmp_path, name):
        status, _ = self.audit(
            console, tmp_path, base('hide="true"'), base('hide="true"', h323=name), control="HD-04"
        )
        assert status == "unknown"

    def test_a_template_that_inherits_from_itself(self, console, tmp_path):
        template = item(
            '<user><pseudo type="config"><sim-parent cn="T"/></pseudo></user>', cn="T", h323="t"
        )
        status, detail = self.audit(
            console, tmp_path, base('config="T"'), template, control="HD-04"
        )
        assert (status, "itself" in detail) == ("unknown", True)

    def test_templates_that_inherit_from_each_other(self, console, tmp_path):
        templates = [
            item(
                f'<user><pseudo type="config"><sim-parent cn="{parent}"/></pseudo></user>',
                cn=name,
                h323=name.lower(),
            )
            for name, parent in (("T", "U"), ("U", "T"))
        ]
        for control in ("HD-04", "HD-05", "HD-12"):
            status, _ = self.audit(
                console, tmp_path, base('config="T"'), *templates, admin(), control=control
            )
            assert status == "unknown"

    def test_a_template_that_does_not_exist(self, console, tmp_path):
        for control in ("HD-04", "HD-05", "HD-08"):
            status, detail = self.audit(
                console, tmp_path, base('config="T"'), admin(), control=control
            )
            assert (status, says("does not exist", detail)) == ("unknown", True)

    def test_a_template_that_exists_twice(self, console, tmp_path):
        template = item('<user hide="true"><pseudo type="config"/></user>', cn="T", h323="t")
        status, detail = self.audit(
            console, tmp_path, base('config="T"'), template, template, control="HD-04"
        )
        assert (status, says("more than once", detail)) == ("unknown", True)

    @pytest.mark.parametrize(
        "filters",
        [
            [call_filter("a", ("0", "a"))],
            [call_filter("a", ("0", "b")), call_filter("b", ("0", "a"))],
            [
                call_filter("a", ("0", "b")),
                call_filter("b", ("", "c")),
                call_filter("c", ("", "b")),
            ],
        ],
    )
    @pytest.mark.parametrize("control", ["HD-05", "HD-06", "HD-09"])
    def test_filters_that_call_each_other_in_a_circle(self, console, tmp_path, filters, control):
        status, detail = self.audit(
            console, tmp_path, base('filter="a" cd-filter="a"'), admin(*filters), control=control
        )
        assert (status, "circle" in detail) == ("unknown", True)

    @pytest.mark.parametrize("filters", [[], [call_filter("b")], [call_filter("a", ("0", "gone"))]])
    @pytest.mark.parametrize("control", ["HD-05", "HD-06", "HD-09"])
    def test_a_filter_that_does_not_exist(self, console, tmp_path, filters, control):
        status, detail = self.audit(
            console, tmp_path, base('filter="a" cd-filter="a"'), admin(*filters), control=control
        )
        assert (status, says("does not exist", detail)) == ("unknown", True)

    def test_a_filter_that_exists_twice(self, console, tmp_path):
        blocking = call_filter("a", ("0", "nok"))
        status, _ = self.audit(
            console, tmp_path, base('filter="a"'), admin(blocking, blocking), control="HD-05"
        )
        assert status == "unknown"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"; rm -rf ~ #',
        "$(reboot)`reboot`",
        "a&#10;b&#13;c&#9;d",
        "ü" * 4000,
        "\u202egnp.exe\u2028\ufeff",
        "../../etc/passwd",
        "{{ 7*7 }}{% raw %}",
        "| a | b |",
        "%s%n{0}",
    ],
)
def test_hostile_names_are_only_names(console, tmp_path, name):
    quoted = name.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    user = f'<user cn="{quoted}" h323="{quoted}" hide="true"><device hw="{quoted}"/></user>'
    hostile_base = f'<user cn="{quoted}" h323="hot-desk-base" text="{quoted}"/>'
    export = f"<info>{user}{user}{hostile_base}</info>"
    write(tmp_path, {"pbx.xml": export, "site.toml": SITE})
    ended = console("audit", "pbx.xml", "--site", "site.toml", "--out", "out")
    assert ended.code == 1
    assert console.crashes() == []
    assert "\x1b" not in ended.said
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert "error" not in {result["status"] for result in report["results"]}
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in html
    runbook = (tmp_path / "out" / "remediation" / "runbook.md").read_text(encoding="utf-8")
    assert "<script>" not in runbook
    rows = [line for line in runbook.splitlines() if re.match(r"\| \d+ \|", line)]
    assert rows
    assert {re.sub(r"\\.", "", row).count("|") for row in rows} == {8}


@pytest.mark.parametrize("name", ["neu\nzeile.txt", "weiß.txt", "a b.txt", "-x.txt", "<b>.txt"])
def test_hostile_file_names(console, tmp_path, name):
    write(tmp_path, {name: GOOD})
    ended = console("audit", *site_option(), "--out", "out", "--", name)
    assert ended.code == 4
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert report["target"]["sources"][0]["name"] == name.replace("\n", "\\n")


SITES = {
    "unknown key": ("[target]\nnmae = 'x'\n", 2),
    "unknown table": ("[target]\nname = 'x'\n\n[targets]\nname = 'x'\n", 4),
    "unknown key that is known elsewhere": ("[target]\nname = 'x'\n\n[dialling]\nname = 'y'\n", 5),
    "unknown fact": ("[target]\nname = 'x'\n[facts.ip_filtre]\nvalue = []\n", 3),
    "wrong type": ("[target]\nname = 'x'\n[hot_desk]\nusers = 'a'\n", 4),
    "wrong type in a list": ("[target]\nname = 'x'\n[hot_desk]\nusers = [1]\n", 4),
    "not a network": ("[network]\nallowed = ['10.0.0.0/33']\n", 2),
    "not a number": ("[dialling]\ntrunk_prefixes = ['null']\n", 2),
    "not a pattern": ("[dialling]\nddi_pattern = '['\n", 2),
    "not valid TOML": ("[target]\nname = x\n", 2),
    "a key twice": ("[target]\nname = 'x'\nname = 'y'\n", 3),
    "unknown rule": ("[target]\nname = 'x'\n[parameters.'HD-99']\nreason = 'x'\n", 3),
    "unknown parameter": ("[parameters.'HD-01']\nreason = 'x'\nno_such = 1\n", 3),
    "override without reason": ("[parameters.'HD-01']\nmin_score = 1\n", 0),
    "wrong type of a parameter": ("[parameters.'HD-01']\nreason = 'x'\nmin_score = 'y'\n", 3),
    "unknown dialect": ("[target]\nname = 'x'\ndialect = 'klingon'\n", 3),
    "attested in the future": (
        "[facts.ip_filter]\nvalue = []\nby = 'x'\non = 2999-01-01\nuntil = 2999-02-01\n",
        0,
    ),
    "attested backwards": (
        "[facts.ip_filter]\nvalue = []\nby = 'x'\non = 2020-02-01\nuntil = 2020-01-01\n",
        1,
    ),
    "attested by nobody": (
        "[facts.ip_filter]\nvalue = []\nby = ''\non = 2020-02-01\nuntil = 2020-03-01\n",
        3,
    ),
    "endlessly deep": ("x = " + "[" * 100_000, 0),
    "an endless number": ("x = " + "9" * 5000, 0),
    "not UTF-8": (b"[target]\nname = '\xfc'\n", 0),
    "UTF-16": ("[target]\n".encode("utf-16"), 0),
    "a NUL": (b"[target]\nname = '\0'\n", 0),
}


@pytest.mark.parametrize("kind", SITES)
def test_a_bad_site_file_is_refused_by_name_and_line(console, tmp_path, server, kind):
    content, line = SITES[kind]
    write(tmp_path, {"werk.toml": content})
    console.login(server.pbx)
    ended = console("audit", server.url, "--site", "werk.toml", "--out", "out")
    assert ended.code == 2, ended.err
    assert "werk.toml" in ended.err
    if line:
        assert re.search(rf"werk\.toml:{line}\b|line {line}\b", ended.err), ended.err
    assert "Traceback" not in ended.err
    assert console.crashes() == []
    assert server.requests == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["unknown key", "unknown rule", "not valid TOML"])
def test_a_bad_site_file_says_what_to_do(console, tmp_path, kind):
    write(tmp_path, {"werk.toml": SITES[kind][0], "cfg.txt": GOOD})
    assert says("What to do: ", console("audit", "cfg.txt", "--site", "werk.toml").err)


@pytest.mark.usefixtures("evidence")
def test_an_unknown_control_is_refused_with_where_all_are_listed(console):
    ended = console("audit", "hardened.txt", "--control", "HD-99")
    assert ended.code == 2
    assert "HD-99" in ended.err
    assert "rules list" in ended.err


@pytest.mark.usefixtures("evidence")
def test_a_control_in_another_spelling_is_refused(console):
    ended = console("audit", "hardened.txt", "--control", "hd-01")
    assert ended.code == 2


def test_a_name_of_the_site_file_that_the_pbx_does_not_have(console, tmp_path):
    site = site_of().model_dump_json()
    assert "hot-desk-base" in site
    write(tmp_path, {"cfg.txt": text(item("<user/>", h323="x")), "site.toml": SITE})
    console("audit", "cfg.txt", "--site", "site.toml", "--out", "out", "--control", "HD-04")
    assert statuses_in(tmp_path / "out") == {"HD-04": "unknown"}
    assert says("not on the PBX", details_in(tmp_path / "out", "HD-04"))


def test_a_folder_in_place_of_the_site_file(console, evidence):
    (evidence / "site").mkdir()
    ended = console("audit", "hardened.txt", "--site", "site")
    assert ended.code == 2
    assert "site" in ended.err


def test_a_certificate_that_nobody_can_simulate(console):
    ended = console("simulate", "--tls", "--certificate", "golden")
    assert ended.code == 2
    assert "short-key" in ended.err


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('baseline = "13r3"', "firmware.baseline"),
        ('baselines = { IP411 = "soon" }', "firmware.baselines.IP411"),
        ('base = "13r3 sr1"', "unknown key"),
    ],
)
def test_a_baseline_that_is_no_firmware(console, tmp_path, lines, said):
    write(tmp_path, {"cfg.txt": GOOD, "site.toml": f"[firmware]\n{lines}\n"})
    ended = console("audit", "cfg.txt", "--site", "site.toml")
    assert ended.code == 2
    assert "site.toml:2" in ended.err
    assert said in ended.err
    assert "soon" not in ended.err
