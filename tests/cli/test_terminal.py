"""What people see of a run: how much of it, in which language, and how far it is."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from auditor.cli.interaction.progress import words_of
from auditor.messages.languages import translated
from auditor.messages.message import say
from auditor.sources.options import Activity, Progress
from tests.fixtures.program import site_option

pytestmark = pytest.mark.usefixtures("evidence")
GERMAN_SITE = '[report]\nlanguage = "de"\n'


@pytest.fixture
def watched(console, monkeypatch):
    """Run a command with somebody who looks at stderr; return what was written to it."""

    def run(*arguments):
        terminal = io.StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", terminal)
            console(*arguments)
        return terminal.getvalue()

    return run


class TestLanguage:
    def test_an_option_chooses_it(self, console):
        ended = console("audit", "insecure.txt", "--language", "de", "--out", "out", "-v")
        assert "Rückgabewert" in ended.out
        assert "Exit code" not in ended.out
        assert "geschrieben: " in ended.err
        assert "written: " not in ended.err

    def test_the_site_file_chooses_it(self, console, evidence):
        (evidence / "site.toml").write_text(GERMAN_SITE, encoding="utf-8")
        assert "Rückgabewert" in console("audit", "insecure.txt", "--site", "site.toml").out
        ended = console("audit", "insecure.txt", "--site", "site.toml", "--language", "en")
        assert "Exit code" in ended.out

    def test_an_error_of_the_run_is_in_it(self, console, evidence):
        (evidence / "broken.xml").write_bytes(b"<info><user cn=")
        ended = console("audit", "broken.xml", "--language", "de")
        assert ended.code == 2
        assert ended.err.startswith("Fehler: ")
        assert "Was zu tun ist: " in ended.err

    @pytest.mark.parametrize(
        "wrong",
        [
            ["insecure.txt", "--profile", "nonsense"],
            ["insecure.txt", "--control", "HD-0"],
            ["insecure.txt", "--format", "htlm", "--out", "x"],
            ["insecure.txt", "--site", "nowhere.toml"],
            ["insecure.txt", "--waivers", "nowhere.toml"],
            ["insecure.txt", "--fail-on-new"],
            ["insecure.txt", "-q", "-v"],
            ["nowhere.txt"],
            ["https://nobody:x@pbx.example.com"],
            ["https://pbx.example.com"],
        ],
    )
    def test_what_was_mistyped_is_said_in_it_as_a_whole(self, console, wrong):
        ended = console("audit", *wrong, "--language", "de")
        assert ended.code == 2
        assert ended.err.startswith("Fehler: ")
        assert "Was zu tun ist: " in ended.err
        assert " the " not in ended.err

    def test_what_a_project_file_decides_is_said_in_it(self, console, evidence):
        (evidence / "pbx-auditor.toml").write_text('fail-on = "medium"\n', encoding="utf-8")
        said = console("audit", "insecure.txt", "--language", "de").err
        assert said.startswith("Projektdatei pbx-auditor.toml: ")

    def test_an_error_before_it_is_known_is_english_as_a_whole(self, console, evidence):
        (evidence / "site.toml").write_text(GERMAN_SITE, encoding="utf-8")
        ended = console("audit", "insecure.txt", "--profile", "nonsense", "--site", "site.toml")
        assert ended.code == 2
        assert ended.err.startswith("error: ")
        assert "Was zu tun ist" not in ended.err

    def test_so_is_how_many_controls_of_a_profile_run(self, console):
        ended = console("audit", "insecure.txt", "--control", "HD-10", "--language", "de")
        assert "tutorial, 1 von 17 Prüfpunkten" in ended.out

    def test_one_run_leaves_nothing_for_the_next(self, console):
        console("audit", "insecure.txt", "--language", "de", "-q")
        assert "Exit code" in console("audit", "insecure.txt", "-q").out

    def test_changes_are_in_that_of_the_later_report(self, console):
        common = ("--format", "json", "--control", "HD-10")
        console("audit", "hardened.txt", *site_option(), *common, "--out", "old")
        console("audit", "insecure.txt", *site_option(), *common, "--out", "new")
        reports = ("old/report.json", "new/report.json")
        assert "Since the earlier run" in console("diff", *reports).out
        assert "Seit der früheren Prüfung" in console("diff", *reports, "--language", "de").out


class TestAmount:
    def test_quiet_is_one_line_per_target_and_nothing_else(self, console):
        ended = console("audit", "insecure.txt", "hardened.txt", "-q", "--out", "out")
        assert ended.out.count("\n") == 2
        assert ended.err == ""
        assert all("Exit code" in line for line in ended.out.splitlines())

    def test_quiet_still_says_what_went_wrong(self, console):
        ended = console("audit", "insecure.txt", "--quiet", "--profile", "nonsense")
        assert ended.code == 2
        assert ended.err

    def test_both_cannot_be_had(self, console):
        assert console("audit", "insecure.txt", "-q", "-v").code == 2

    def test_verbose_names_every_document(self, console, evidence):
        (evidence / "note.txt").write_text("", encoding="utf-8")
        ended = console("audit", "insecure.txt", "--verbose")
        assert "insecure.txt: configuration" in ended.out

    def test_verbose_counts_one_as_it_counts_many(self, console, evidence):
        lines = (evidence / "insecure.txt").read_bytes().splitlines(keepends=True)
        one = next(line for line in lines if line.startswith(b"mod cmd"))
        (evidence / "one.txt").write_bytes(one)
        told = console("audit", "one.txt", "--verbose").out
        assert "lines: 1 (" in told
        assert "1 lines" not in told

    def test_verbose_says_nothing_in_words_of_the_program(self, console):
        german = console("audit", "insecure.txt", "--verbose", "--language", "de").out
        assert "(leer)" not in german
        assert not {"counted", "structural", "object-export"} & set(
            german.replace(",", " ").split()
        )


class TestProgress:
    def test_something_shows_before_anything_is_read(self, watched):
        assert watched("audit", "missing.txt").startswith("\rpreparing ")

    def test_each_step_shows(self, watched):
        written = watched(
            "audit", "insecure.txt", *site_option("insecure"), "--out", "out", "--format", "json"
        )
        steps = ("preparing ", "reading insecure.txt", "judging 17 controls", "writing json")
        places = [written.index(step) for step in steps]
        assert places == sorted(places)

    def test_what_is_told_starts_on_an_empty_line(self, watched):
        written = watched("audit", "insecure.txt", "--out", "out", "--format", "json")
        assert "\rwritten: " in written

    def test_quiet_shows_none(self, watched):
        assert watched("audit", "insecure.txt", "-q") == ""

    def test_a_log_gets_none_unless_it_asks_for_everything(self, console):
        assert console("audit", "insecure.txt").err == ""
        lines = console("audit", "insecure.txt", "--verbose").err.splitlines()
        assert "judging 17 controls" in lines
        assert len(lines) == len(set(lines))

    def test_it_speaks_german(self):
        words = words_of(Progress(say("PBX objects"), 2, 4))
        assert translated(words, "de") == "Lesen: PBX-Objekte 2 von 4"

    @pytest.mark.parametrize("activity", Activity)
    def test_every_activity_has_words(self, activity):
        assert "x" in words_of(Progress("x", activity=activity))


def drawn(console, config):
    """Return the numbers and texts of all lines that a terminal draws, and the lines there are."""
    name = f"{config}.txt"
    profile = ("--profile", "strict", "--verbose")
    ended = console("audit", name, *site_option(config), *profile)
    lines = [unquote_plus(one) for one in Path(name).read_text("utf-8").splitlines()]
    found = re.findall(r"^ *(\d+) \| (.*)$", ended.out, re.MULTILINE)
    assert found
    return [(lines[int(at) - 1], text) for at, text in found]


@pytest.mark.parametrize("config", ["insecure", "hardened"])
class TestDrawnLines:
    """What a document does not hold is told, never drawn as if it stood there."""

    def test_a_setting_is_drawn_with_words_of_its_line(self, console, config):
        settings = [one for one in drawn(console, config) if one[1].startswith("config change")]
        assert settings
        for line, text in settings:
            # What is read of a value is drawn, which may be less than what stands there.
            module, option = [*text.split(), ""][2:4]
            assert f" {module.rstrip('…')}" in line
            assert option == "…" or not option.startswith("/") or option in line

    def test_a_password_is_drawn_only_where_there_is_one(self, console, config):
        shown = [line for line, text in drawn(console, config) if "<password>" in text]
        assert all("pwd=" in line for line in shown)


def test_what_is_open_of_several_numbers_is_said_of_each(console):
    told = " ".join(console("audit", "insecure.txt", "--control", "HD-09").out.split())
    assert "Whether 110 can be dialled is open" in told
    assert "Whether 112 can be dialled is open" in told
