"""The guides that messages point at come with the program, and can be read in a terminal."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from auditor.cli.command_table import COMMANDS
from auditor.cli.interaction.guide_tables import shared
from auditor.cli.interaction.guide_text import command_of, plain, rendered
from auditor.cli.interaction.pager import page_through
from auditor.report.formats.terminal_style import Look
from auditor.resources import guides, guides_of
from auditor.rules.catalogue import load_catalogue
from hatch_build import BuildHook
from tests.fixtures.pbx import ROOT

POINTER = re.compile(r"pbx-auditor help ([a-z-]+)")
# What stands in no installed package; `docs/rules` is where one command writes to.
NOT_INSTALLED = re.compile(r"docs/(?!rules\b)|README|CONTRIBUTING|CHANGELOG")
TOPICS = tuple(guides())
COMMAND = re.compile(r"pbx-auditor (help|rules explain|rules list)(?: (\S+))?")


@cache
def said():
    """Return every text of the program that somebody could be shown, with its place."""
    return tuple(_said())


def _said():
    for path in sorted((ROOT / "auditor").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        unseen = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef)
        }
        for one in (node for node in ast.walk(tree) if isinstance(node, ast.Constant)):
            if isinstance(one.value, str) and one.value not in unseen:
                yield path.relative_to(ROOT), one.value
    others = [*(ROOT / "rules").rglob("*.toml"), *(ROOT / "reports").rglob("*.j2")]
    for path in others:
        yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
    for path in (ROOT / "auditor").rglob("*.po"):  # whose lines break within words
        yield path.relative_to(ROOT), path.read_text(encoding="utf-8").replace('"\n"', "")


def test_messages_point_at_guides_that_are_there():
    pointers = {(topic, place) for place, text in said() for topic in POINTER.findall(text)}
    assert {topic for topic, _ in pointers} >= {"site-file", "waivers", "handover", "dialects"}
    assert [one for one in pointers if one[0] not in TOPICS] == []


def test_messages_point_at_no_file_that_is_not_installed():
    ours = {
        Path("auditor/resources.py"),
        Path("auditor/cli/interaction/guide_text.py"),
    }  # which find them
    # The name of a page that is written.
    makers = ("auditor/cli/rules.py", "auditor/rules/page_folder.py")
    index = {(Path(one), "README.md") for one in makers}
    found = {(place, text) for place, text in said() if NOT_INSTALLED.search(text)}
    assert {one for one in found - index if one[0] not in ours} == set()


def test_the_wheel_carries_every_guide(tmp_path, monkeypatch):
    # What other tests read meanwhile stays as it is; `make package` looks at the whole wheel.
    monkeypatch.setattr("hatch_build.build", lambda _: tmp_path)
    hook = BuildHook(str(ROOT), {}, None, None, str(ROOT), "wheel")
    data: dict[str, dict[str, str]] = {"force_include": {}}
    hook.initialize("standard", data)
    packed = {
        target: Path(source).read_bytes()
        for source, target in data["force_include"].items()
        if target.startswith("auditor/_data/guides/")
    }
    assert {Path(target).stem for target in packed} == set(TOPICS)
    assert packed["auditor/_data/guides/waivers.md"] == (ROOT / "docs/waivers.md").read_bytes()


def test_all_guides_are_listed_with_their_titles(console):
    ended = console("help")
    assert ended.code == 0
    for topic in TOPICS:
        assert re.search(rf"^ +{topic} +\S", ended.out, re.MULTILINE)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_guide_is_shown_whole_within_the_width(console, topic):
    console.setenv("COLUMNS", "80")
    ended = console("help", topic)
    assert ended.code == 0
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "](" not in ended.out
    assert "\x1b" not in ended.out
    shown = re.sub(r"\W", "", ended.out)
    words = re.findall(
        r"^#+ (.+)$", plain(guides()[topic].read_text("utf-8"), TOPICS), re.MULTILINE
    )
    assert all(re.sub(r"\W", "", word) in shown for word in words)


def test_every_column_of_a_wide_table_is_shown(console):
    ended = console("help", "facts")
    assert "registrations_without_password" in ended.out
    assert "HD-03" in ended.out


@pytest.mark.parametrize("name", ["HD-01", "hd-01"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_control_is_asked_for_like_a_guide(console, name, language):
    ended = console("help", name, "--language", language)
    explained = console("rules", "explain", "HD-01", "--language", language)
    assert (ended.code, ended.out) == (0, explained.out)


@pytest.mark.parametrize(
    ("name", "near"), [("HD-1", "HD-01"), ("hd01", "HD-01"), ("adit", "audit")]
)
def test_what_may_have_been_meant_is_named(console, name, near):
    ended = console("help", name)
    assert (ended.code, ended.out) == (2, "")
    assert near in ended.err


@pytest.mark.parametrize("topic", TOPICS)
def test_links_become_commands_that_exist(topic):
    text = plain(guides()[topic].read_text(encoding="utf-8"), TOPICS)
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    rules = load_catalogue().rules
    for verb, name in COMMAND.findall(outside):
        if verb == "help" and name:
            assert re.match("[A-Za-z-]*", name)[0] in {*TOPICS, "TOPIC", ""}
        elif verb == "rules explain" and re.match(r"[A-Z]+-\d", name):
            assert name.strip("`),.") in rules


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("site-file.md#facts", "pbx-auditor help site-file"),
        ("docs/waivers.md", "pbx-auditor help waivers"),
        ("../README.md#exit-codes", "pbx-auditor help readme"),
        ("docs/ci/README.md", "pbx-auditor help ci"),
        ("rules/README.md", "pbx-auditor rules list"),
        ("rules/HD-04.md", "pbx-auditor rules explain HD-04"),
        ("#keys", ""),
        ("LICENSE", ""),
        ("gone.md", ""),
        ("https://example.com/site-file.md", ""),
    ],
)
def test_a_link_becomes_the_command_that_shows_it(target, command):
    assert command_of(target, TOPICS) == command


def test_code_is_left_alone():
    text = "[a](site-file.md)\n\n```toml\nx = [b](site-file.md)\n```\n"
    assert "x = [b](site-file.md)" in plain(text, TOPICS)
    assert "[a]" not in plain(text, TOPICS)


def test_a_command_is_a_topic_too(console):
    assert console("help", "waivers", "list").out.startswith("Usage: pbx-auditor waivers list")
    for name in set(COMMANDS) - set(TOPICS):
        ended = console("help", name)
        assert (ended.code, ended.out.split()[:3]) == (0, ["Usage:", "pbx-auditor", name])


@pytest.mark.parametrize(("wrong", "meant"), [("site-fil", "site-file"), ("waiver", "waivers")])
def test_what_is_misspelt_is_guessed(console, wrong, meant):
    ended = console("help", wrong)
    assert ended.code == 2
    assert meant in ended.err


def test_what_is_no_topic_is_an_error_without_an_escape_sequence(console):
    ended = console("help", "\x1b[31mxyzzy")
    assert (ended.code, ended.out) == (2, "")
    assert "\x1b" not in ended.err
    assert "pbx-auditor help" in ended.err


class Terminal:
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def paged(monkeypatch):
    """Return what is shown, and how."""
    shown = []
    monkeypatch.setattr(
        "auditor.cli.interaction.pager.show_text", lambda text: shown.append(("plain", text))
    )
    monkeypatch.setattr("pydoc.pager", lambda text: shown.append(("paged", text)))
    return shown


def test_only_a_terminal_gets_pages(paged, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stdout", Terminal())
    page_through(lambda styled: f"text {styled}")
    monkeypatch.setenv("NO_COLOR", "1")
    page_through(lambda styled: f"text {styled}")
    monkeypatch.setenv("TERM", "dumb")
    page_through(lambda styled: f"text {styled}")
    monkeypatch.setattr("sys.stdin", None)
    page_through(lambda styled: f"text {styled}")
    assert paged == [
        ("paged", "text True"),
        ("paged", "text False"),
        ("plain", "text False"),
        ("plain", "text False"),
    ]


def test_a_console_without_unicode_gets_lines_of_ascii(monkeypatch):
    monkeypatch.setattr("auditor.cli.interaction.guide_text.look", lambda: Look(encoding="ascii"))
    assert rendered("| a | b |\n|---|---|\n| c | d |\n", ()).isascii()


def test_colours_only_where_they_are_wanted():
    assert "\x1b[" in rendered("**bold**", (), styled=True)
    assert "\x1b[" not in rendered("**bold**", ())


@pytest.mark.parametrize(
    ("wanted", "total", "widths"),
    [
        ([5, 50, 50], 45, [5, 20, 20]),
        ([5, 6], 45, [5, 6]),
        ([50, 5, 50], 25, [10, 5, 10]),
        ([9, 9], 1, [1, 1]),
        ([], 9, []),
    ],
)
def test_columns_share_what_is_left(wanted, total, widths):
    assert shared(wanted, total) == widths


def test_the_topics_are_the_guides_of_the_checkout():
    names = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert set(guides_of(ROOT)) == names | {"ci", "readme"}
