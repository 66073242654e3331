"""Whatever the program tells people is a message to the edge, so that it speaks their language."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import get_type_hints

import pytest

import auditor
from auditor.cli.app import build_app
from auditor.cli.command_table import COMMANDS
from auditor.errors import AuditorError
from auditor.learning.question import LearnError
from auditor.messages.message import Message
from auditor.remediation.composing import sentences
from auditor.remediation.script_words import REASONS
from auditor.report.translation import german
from tests.catalogue import messages
from tests.fixtures.program import Console

PACKAGE = Path(auditor.__file__).parent
CLI = PACKAGE / "cli"
# What says a message, and what shows what was put together of them.
SAYING = {"tell", "show"}
SHOWING = {"tell_text", "show_text", "show_json"}
WORD = re.compile(r"[A-Za-z]{3,}")


def kinds(kind=AuditorError):
    """Return an error and every kind of it."""
    return [kind, *(one for inner in kind.__subclasses__() for one in kinds(inner))]


def calls(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            yield name, node


def words_in(node):
    """Return the words that an expression writes itself."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return WORD.findall(node.value)
    if isinstance(node, ast.JoinedStr):
        return [word for part in node.values for word in words_in(part)]
    return []


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if "script" not in path.parts)


def test_what_an_error_says_is_a_message():
    assert LearnError in kinds()
    for kind in kinds():
        hints = get_type_hints(kind.__init__)
        assert hints["message"] is Message, kind
        assert hints["advice"] is Message, kind


def test_no_error_is_raised_with_a_text_of_one_language():
    names = {kind.__name__ for kind in kinds()}
    raising = re.compile(rf"\b(?:{'|'.join(names)})\(")
    places = [path for path in modules() if raising.search(path.read_text(encoding="utf-8"))]
    for name, call in (one for path in places for one in calls(path)):
        if name in names:
            said = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "advice")]
            assert not any(words_in(one) for one in said), ast.unparse(call)


@pytest.mark.parametrize("path", sorted(CLI.glob("*.py")), ids=lambda path: path.name)
def test_no_command_tells_a_text_of_one_language(path):
    for name, call in calls(path):
        if name in SAYING:
            assert not any(isinstance(one, ast.Constant | ast.JoinedStr) for one in call.args)
        if name in SHOWING:
            assert not any(words_in(one) for one in call.args), ast.unparse(call)
        if name == "echo" or (name == "print" and isinstance(call.func, ast.Name)):
            assert path.name == "app.py"
            assert words_in(call.args[0]) == ["pbx", "auditor"], "the version, which is data"


def test_every_message_is_said_in_german():
    for key in messages():
        singular, plural = (key, "") if isinstance(key, str) else key
        assert german(singular, plural, 2), key


def leaves():
    for name in COMMANDS:
        app = build_app([name])
        for one in app.registered_commands:
            yield name, one.callback
        for group in app.registered_groups:
            for one in group.typer_instance.registered_commands:
                yield f"{name} {one.name}", one.callback


@pytest.mark.parametrize(("name", "command"), [pytest.param(*one, id=one[0]) for one in leaves()])
def test_every_command_takes_a_language(name, command):
    parameters = inspect.signature(command).parameters
    assert "language" in parameters
    assert ("project" in parameters) is (name not in {"help", "schema"})


WRONG = {
    "site.toml": "[hot_desk]\nbase_user = []\n",
    "kind.toml": "[lists]\nadmins = 5\n",
    "broken.toml": "[hot_desk\n",
    "value.toml": "[target]\nname = foo\n",
    "twice.toml": "[target]\nname = 'a'\nname = 'b'\n",
    "waivers.toml": "[[waivers]]\nrule = 'HD4'\n",
    "day.toml": "[[waivers]]\nrule = 'HD-01'\nexpires = '2027-13-01'\n",
}
WAIVER = (
    "waivers add w.toml --reason x --owner A --approver B --ticket T-1 --rule HD-01 --name anna"
)
TYPED = (
    "audit cfg.txt --control HD4",
    "audit cfg.txt --profile tutoral",
    "audit cfg.txt --format jsn",
    "audit cfg.txt --fail-on hgh",
    "audit cfg.txt --quiet --verbose",
    "audit cfg.txt --langage",
    "audit cfg.tx",
    "audit",
    "audit cfg.txt --site",
    *(f"site check {name}" for name in WRONG if name not in {"waivers.toml", "day.toml"}),
    *(f"audit cfg.txt --waivers {name}" for name in WRONG),
    "audit cfg.txt --site cfg.txt",
    "audit cfg.txt --site folder",
    "auditt",
    "waivers lnt",
    "waivers list",
    f"{WAIVER} --expires 2027-02-31",
    f"{WAIVER} --expires 2099-02-01",
    "waivers list nothing.toml --expiring soon",
    "report cfg.txt -o out",
    "report nothing.json -o out",
    "diff a.json b.json extra",
    "diff cfg.txt cfg.txt",
    "baseline create cfg.txt -o b.json",
    "attest HD-03 --value 0 --by A --until soon",
    "attest HD-3 --value 0 --by A --until 2027-01-01",
    "learn --fact nothing --marker x --by A",
    "learn --fact ip_filter --marker 192.0.2.77 --by A",
    "dialects check cfg.txt --against cfg.txt",
    "dialects list nothing.toml",
    "package create folder",
    "package verify cfg.txt",
    "simulate --config insecur",
    "simulate --port none",
    "schema reprot",
    "help nothing",
    "rules list --profile bseline",
    "rules explain HD4",
    "rules test nothing",
    "remediate plan cfg.txt --profile tutoral",
    "remediate show folder",
    "remediate rollback folder --url https://pbx.example.com --everything",
    "collect cfg.tx",
    "collect cfg.txt --site nothing.toml",
    "doctor cfg.txt",
    "doctor https://127.0.0.1:1 --timeout none",
    "fleet check nothing.toml",
    "fleet import nothing.csv",
    "fleet discover backups nothing --tenant muster",
    "fleet discover backups folder/x --tenant muster",
    "fleet discover backup folder --tenant muster",
    "fleet discover backups folder --tenant con",
    "fleet discover devices https://pbx.example",
    "fleet discover devices wss://127.0.0.1:1/a/b",
    "fleet discover devices wss://127.0.0.1:1/a/b --tenant x",
    "branding init",
)


@pytest.mark.parametrize("line", TYPED)
def test_a_typing_error_is_explained_in_the_language_that_was_asked_for(
    line, tmp_path, capsys, monkeypatch
):
    """No sentence of the one language is said in the other; names and values are in both."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "cfg.txt").write_text("config change NTP0 /addr 192.0.2.1\n", encoding="utf-8")
    for name, text in WRONG.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    console = Console(capsys, monkeypatch, tmp_path)
    english, german = (console(*line.split(), "--language", one) for one in ("en", "de"))
    assert english.code == german.code != 0
    # The usage names the options in English, as the help does.
    shared = {*english.said.splitlines()} & {*german.said.splitlines()}
    assert [one for one in shared if one.strip()] == []
    assert len(english.said.splitlines()) == len(german.said.splitlines())


def test_the_scripts_say_what_there_are_words_for():
    """What a plan that cannot be used is told of is found where the scripts say it."""
    assert set(REASONS) <= set(sentences())
