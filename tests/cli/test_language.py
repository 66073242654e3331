"""Which language is spoken: the command line, the project file, a document, else English."""

from __future__ import annotations

import pytest

from auditor.cli.common_options.project import NAME
from auditor.cli.interaction.console import spoken
from auditor.dialects.bundled import bundled, dialect_names
from tests.fixtures.pbx import configuration_of
from tests.fixtures.waivers import waiver_today

GERMAN = '[report]\nlanguage = "de"\n'


@pytest.fixture
def folder(console):
    (console.folder / "cfg.txt").write_bytes(configuration_of())
    (console.folder / "site.toml").write_text(GERMAN, encoding="utf-8")
    return console.folder


@pytest.mark.parametrize(
    ("words", "project", "language"),
    [
        (["collect", "cfg.txt"], "", "en"),
        (["collect", "cfg.txt", "--site", "site.toml"], "", "de"),
        (["collect", "cfg.txt", "--site", "site.toml"], 'language = "en"', "en"),
        (["collect", "cfg.txt", "--site", "site.toml", "--language", "en"], "", "en"),
        (["collect", "cfg.txt"], 'language = "de"', "de"),
        (["collect", "cfg.txt"], 'site = "site.toml"', "de"),
        (["collect", "cfg.txt", "--language", "en"], 'language = "de"', "en"),
        (["collect", "cfg.txt", "--no-project"], 'language = "de"', "en"),
        (["rules", "list"], 'language = "de"', "de"),
        (["rules", "list", "--site", "site.toml"], "", "de"),
        (["dialects", "list"], 'language = "de"', "de"),
        (["dialects", "list", "--language=de"], "", "de"),
        (["help", "--language", "de"], "", "de"),
        (["help"], 'language = "de"', "en"),
        (["audit", "cfg.txt", "--site", "site.toml"], "", "de"),
        (["audit", "cfg.txt", "--site", "site.toml", "--language", "en"], "", "en"),
        (["remediate", "plan", "cfg.txt", "--site", "site.toml", "-q"], "", "de"),
    ],
)
def test_the_language_that_is_spoken(console, folder, words, project, language):
    if project:
        (folder / NAME).write_text(project, encoding="utf-8")
    assert console(*words).code not in {2, 70}
    assert spoken() == language


def test_a_mistake_in_the_project_file_stops_no_help(console, folder):
    (folder / NAME).write_text("langage = 'de'\n", encoding="utf-8")
    assert console("rules", "list").code == 2
    assert console("help", "project-file").code == 0
    assert console("schema", "report").code == 0


@pytest.mark.usefixtures("folder")
class TestAmount:
    """-q and -v of the commands that read a target."""

    @pytest.mark.parametrize("words", [["collect", "cfg.txt"], ["remediate", "plan", "cfg.txt"]])
    def test_quiet_is_one_line(self, console, words):
        assert len(console(*words, "--quiet").said.splitlines()) == 1

    @pytest.mark.parametrize("words", [["collect", "cfg.txt"], ["remediate", "plan", "cfg.txt"]])
    def test_verbose_is_more(self, console, words):
        normal, verbose = console(*words), console(*words, "--verbose")
        assert verbose.code == normal.code
        assert {*normal.said.splitlines()} < {*verbose.said.splitlines()}

    @pytest.mark.parametrize("words", [["collect", "cfg.txt"], ["remediate", "plan", "cfg.txt"]])
    def test_both_cannot_be_had(self, console, words):
        assert console(*words, "-q", "-v").code == 2
        assert not (console.folder / "snapshot.json").exists()

    def test_quiet_names_what_was_not_read(self, console, folder):
        (folder / "cfg.txt").write_bytes(configuration_of()[:2000])
        said = console("collect", "cfg.txt", "--quiet").said
        assert len(said.splitlines()) == 1


def test_a_day_is_written_as_the_language_writes_it(console):
    add = "waivers add w.toml --rule HD-01 --name anna --reason x --owner A --approver B"
    expires = console(*f"{add} --ticket T-1 --expires".split(), _soon())
    assert expires.code == 0
    day = _soon()
    german = ".".join(reversed(day.split("-")))
    assert day in console("waivers", "list", "w.toml").out
    shown = console("waivers", "list", "w.toml", "--language", "de").out
    assert german in shown
    assert day not in shown
    assert day in console("waivers", "list", "w.toml", "--language", "de", "--json").out


def _soon():
    return waiver_today().expires.isoformat()


def test_nothing_at_all_is_answered_with_help(console):
    ended = console()
    assert (ended.code, "Usage: pbx-auditor" in ended.said) == (2, True)


def test_dialects_are_listed_in_the_language_of_the_reader(console):
    german, english = (console("dialects", "list", "--language", one) for one in ("de", "en"))
    for name in dialect_names():
        texts = bundled(name)
        assert texts.de.description in german.out
        assert texts.description in english.out
        assert texts.description not in german.out
    assert "[abgeleitet]" in german.out
    assert "[inferred]" in english.out
