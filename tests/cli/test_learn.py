"""`learn` and `dialects` as people run them, and audits with what was learned."""

from __future__ import annotations

import json
import os
import pty
import re
import threading

import pytest

from auditor.simulator.server import SimulatorServer
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, simulated
from tests.fixtures.program import environment
from tests.fixtures.sentences import says

FACT = ("--fact", "registrations_without_password", "--marker", "7351", "--by", "A. Muster")
NAMED = 'name = "x"\ndescription = "y"\n'
EXTENDING = f'{NAMED}extends = "documented"\n'
OPTION = 'place = "option"\nmodule = "A"\noption = "b"\ngrade = "learned"'
PASSWORD = 'place = "admin-attribute"\nelement = "user"\noption = "pwd"\ngrade = "learned"'
SITE = '[target]\ndialect = "learned.toml"\n[hot_desk]\nbase_users = ["hot-desk-base"]\n'


@pytest.fixture
def pair(console):
    """Write the configuration before and after the change of the number of registrations."""
    before = configuration_of()
    after = re.sub(rb"/sim-regs-without-pwd \d+", b"/sim-regs-without-pwd 7351", before)
    assert before != after
    (console.folder / "a.txt").write_bytes(before)
    (console.folder / "b.txt").write_bytes(after)
    return ("--before", "a.txt", "--after", "b.txt")


@pytest.fixture
def learned(console, pair):
    ended = console("learn", *FACT, *pair, "-o", "learned.toml")
    assert ended.code == 0, ended.err
    return console.folder / "learned.toml"


def statuses_of(console, *arguments):
    console("audit", *arguments, "--site", "site.toml", "--out", "out", "--format", "json")
    report = json.loads((console.folder / "out" / "report.json").read_text("utf-8"))
    return {result["id"]: result for result in report["results"]}


class TestLearn:
    @pytest.mark.usefixtures("learned")
    def test_what_was_learned_decides_an_audit_and_says_where_it_comes_from(self, console):
        (console.folder / "site.toml").write_text(SITE)
        failed = statuses_of(console, "b.txt")["HD-03"]
        assert failed["status"] == "failed"
        (evidence,) = failed["observations"][0]["evidence"]
        assert evidence["grade"] == "learned"
        assert "A. Muster" in evidence["attribute"]
        assert statuses_of(console, "a.txt")["HD-03"]["status"] == "passed"

    @pytest.mark.usefixtures("learned")
    def test_on_another_firmware_train_it_does_not_count(self, console):
        (console.folder / "site.toml").write_text(SITE)
        other = (console.folder / "a.txt").read_bytes().replace(b"# 13r3 ", b"# 14r1 ", 1)
        (console.folder / "c.txt").write_bytes(other)
        result = statuses_of(console, "c.txt")["HD-03"]
        assert result["status"] == "unknown"
        assert "learned on 13r3" in json.dumps(result)

    def test_a_second_entry_leaves_the_first_as_it_is(self, console, learned):
        text = learned.read_text("utf-8")
        rows = configuration_of().replace(
            b"</sim-ip-filter>", b'<net addr="192.0.2.77" mask="255.255.255.255"/></sim-ip-filter>'
        )
        (console.folder / "d.txt").write_bytes(rows)
        arguments = ("--fact", "ip_filter", "--marker", "192.0.2.77", "--by", "B")
        ended = console("learn", *arguments, "--before", "a.txt", "--after", "d.txt", "-o", learned)
        assert ended.code == 0, ended.err
        assert learned.read_text("utf-8").startswith(text)
        assert learned.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--fact", "nonsense", "--marker", "1", "--by", "x"), "pbx-auditor help facts"),
            (
                ("--fact", "backups_encrypted", "--marker", "on", "--by", "x"),
                "pbx-auditor help facts",
            ),
            (("--fact", "ip_filter", "--marker", " ", "--by", "x"), "192.0.2.77"),
            (("--fact", "ip_filter", "--marker", "192.0.2.77", "--by", " "), "--by"),
            (("--fact", "ip_filter", "--marker", "192.0.2.77", "--by", "x"), "no place"),
        ],
    )
    def test_bad_input_is_refused_and_nothing_written(self, console, pair, arguments, words):
        ended = console("learn", *arguments, *pair, "-o", "learned.toml")
        assert ended.code == 2
        assert words in ended.err
        assert not (console.folder / "learned.toml").exists()

    def test_files_and_a_target_together_are_refused(self, console, pair):
        assert console("learn", *FACT, *pair, "--target", "https://x").code == 2
        assert console("learn", *FACT).code == 2
        assert console("learn", *FACT, "--before", "a.txt", "--after", "none.txt").code == 2

    def test_an_entry_is_never_replaced_silently(self, console, learned, pair):
        text = learned.read_text("utf-8")
        ended = console("learn", *FACT, *pair, "-o", "learned.toml")
        assert ended.code == 2
        assert learned.read_text("utf-8") == text

    def test_live_without_a_terminal_is_refused_before_any_traffic(self, console):
        with SimulatorServer(simulated()) as server:
            console.login(server.pbx)
            assert console("learn", *FACT, "--target", server.url).code == 2
            assert server.requests == []


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_live_it_reads_twice_and_changes_nothing(tmp_path):
    pbx = simulated()
    viewer = next(one for one in pbx.accounts if one.role == "viewer")
    with SimulatorServer(pbx) as server:
        variables = {
            "PBX_AUDITOR_USERNAME": viewer.username,
            "PBX_AUDITOR_PASSWORD": viewer.password,
        }
        process, said = _in_a_terminal(
            ["learn", *FACT, "--target", server.url, "-o", "learned.toml"],
            environment(tmp_path, **variables),
            tmp_path,
            lambda: server.state.configure(
                lambda settings: settings.after("change PBX0 /sim-regs-without-pwd 7351")
            ),
        )
        assert process == 0, said
        assert "PBX/Config/General" in said
        assert server.writes == 0
        assert server.downloads == 2
    assert "sim-regs-without-pwd" in (tmp_path / "learned.toml").read_text("utf-8")
    assert PBX_PASSWORD not in said


def _in_a_terminal(arguments, variables, folder, change):
    """Run the program in a terminal; make the change when it asks for it, then press Enter."""
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    ours, theirs = pty.openpty()
    said = []
    asked = threading.Event()
    with subprocess.Popen(  # noqa: S603 -- this interpreter
        [sys.executable, "-m", "auditor", *arguments],
        cwd=folder,
        env=variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)

        def listen():
            try:
                while block := os.read(ours, 4096):
                    said.append(block.decode())
                    if says("Press Enter", "".join(said)):
                        asked.set()
            except OSError:  # the terminal is gone with the program
                pass
            asked.set()

        listener = threading.Thread(target=listen)
        listener.start()
        assert asked.wait(60)
        change()
        os.write(ours, b"\n")
        process.wait(60)
        listener.join(60)
    os.close(ours)
    return process.returncode, "".join(said)


class TestDialects:
    @pytest.mark.usefixtures("learned")
    def test_the_list_names_grade_and_person(self, console):
        ended = console("dialects", "list", "learned.toml")
        assert ended.code == 0
        assert "[learned]" in ended.out
        assert "A. Muster" in ended.out

    def test_check_passes_on_the_box_it_was_learned_on(self, console, learned):
        assert console("dialects", "check", learned, "--against", "a.txt").code == 0

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ((b"/sim-regs-without-pwd", b"/other"), "matches nothing"),
            (
                (
                    b"config change PBX0",
                    b"config change PBX0 /sim-regs-without-pwd 1\r\nconfig change PBX0",
                ),
                "matches 2 places",
            ),
        ],
    )
    def test_check_names_file_line_and_reason(self, console, learned, change, words):
        (console.folder / "c.txt").write_bytes(configuration_of().replace(*change, 1))
        ended = console("dialects", "check", learned, "--against", "c.txt")
        assert ended.code == 2
        assert words in ended.err
        assert re.search(r"learned\.toml:\d+", ended.err)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("name = 1 =", "TOML"),
            (NAMED, "extends"),
            (f'{NAMED}extends = "none"', "extends"),
            (f"{EXTENDING}extra = 1", ":4"),
            (f"{EXTENDING}[settings.nonsense]\n{OPTION}", "nonsense"),
            (f'{EXTENDING}[settings.ip_filter]\nplace = "option"\ngrade = "learned"', "more keys"),
            (f"{EXTENDING}[settings.ip_filter]\n{PASSWORD}", "secret"),
        ],
    )
    def test_a_wrong_dialect_stops_an_audit_before_anything_is_read(self, console, text, words):
        (console.folder / "learned.toml").write_text(text)
        (console.folder / "site.toml").write_text(SITE)
        with SimulatorServer(simulated()) as server:
            console.login(server.pbx)
            ended = console("audit", server.url, "--site", "site.toml")
            assert server.requests == []
        assert ended.code == 2
        assert "learned.toml" in ended.err
        assert words in ended.err
