"""Terminals that are closed, old, or type what is no text; and plans that are not as they are made.

A script that writes to a telephone system ends with words and the exit code that it promises.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pty
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable

import pytest

from auditor.remediation.composing import REMEDIATE, ROLLBACK, scripts
from auditor.remediation.plan import render_plan
from auditor.remediation.script import arguments, script_messages
from auditor.remediation.script.arguments import Parser, choose_language, options_of
from auditor.remediation.script.plan_file import foretell, load
from auditor.remediation.script.plan_folder import Folder
from auditor.remediation.script.script_messages import say
from auditor.remediation.script.shared import StopError, ask, write_out
from tests.fixtures.program import Console

# What no line of a script may end and begin anew with, whoever wrote it.
HOSTILE = "{0} {name} %s\n::error::x\r##vso[x] \x1b[31m\u202e\u2028{a!r} $HOME"


def sealed(plan):
    covered = {name: plan[name] for name in ("box", "steps", "prospect")}
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return plan | {"hash": hashlib.sha256(text.encode()).hexdigest()}


@pytest.fixture
def document(plan):
    return json.loads(render_plan(plan))


@pytest.fixture
def written(tmp_path):
    def inner(document):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(sealed(document)), encoding="utf-8")
        return path

    return inner


def closed(kit, streams, *more, script=REMEDIATE):
    """Run a script with streams that lead nowhere."""
    command = kit.command(*more, script=script)
    return subprocess.run(  # noqa: S603 -- the script under test
        ["/bin/sh", "-c", f'exec "$@" {streams}', "sh", *command],
        env=kit.environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


class TestStreams:
    @pytest.mark.parametrize("streams", [">&-", ">&- 2>&-"])
    def test_nobody_listens(self, kit, streams):
        done = closed(kit, streams, "--only", "HD-04")
        assert (done.returncode, done.stderr) == (0, "")

    @pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", ">&- 2>/dev/full"])
    def test_why_it_ended_reaches_nobody(self, kit, streams):
        """The exit code says it all the same."""
        assert closed(kit, streams, "--apply", "0" * 12).returncode == 2

    def test_what_is_typed_is_no_text(self, monkeypatch):
        def typed(_):
            return b"M\xfcller".decode()

        monkeypatch.setattr("builtins.input", typed)
        monkeypatch.setattr("getpass.getpass", typed)
        monkeypatch.delenv("PBX_ADMIN_USERNAME", raising=False)
        monkeypatch.setattr(sys, "stdin", Namespace(isatty=lambda: True))
        for asks in (lambda: ask(say("administrator: ")), arguments.account):
            with pytest.raises(StopError) as stop:
                asks()
            assert stop.value.code == 2

    def test_a_password_of_another_code_page(self, kit):
        """A real terminal, which sends umlauts in another encoding than it says it has."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        child, terminal = pty.fork()
        if not child:
            os.execve(sys.executable, kit.command("--only", "HD-04"), environment)  # noqa: S606
        shown = b""
        answers = {b"administrator: ": b"admin\n", b"password: ": b"M\xfcller\n"}
        try:
            while answers and (more := os.read(terminal, 1024)):
                shown += more
                for asked in [one for one in answers if one in shown]:
                    os.write(terminal, answers.pop(asked))
            while more := os.read(terminal, 1024):
                shown += more
        except OSError:  # what Linux says when the other end is gone
            pass
        finally:
            os.close(terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
        assert b"Traceback" not in shown


class TestLines:
    @pytest.mark.parametrize("character", ["\n", "\r", "\u2028", "\x85", "\x0b", "\x1c"])
    def test_a_part_never_begins_a_line(self, capsys, character):
        write_out(say("it opens {control}", control=f"a{character}::error::b"))
        assert len(capsys.readouterr().out.splitlines()) == 1

    def test_nothing_in_a_plan_means_anything(self, kit, document, written):
        for step in document["steps"]:
            step["control"] = HOSTILE
            step["subject"] |= {"name": HOSTILE, "name_de": HOSTILE}
        names = ("control", "severity", "title", "title_de")
        lists = ("details", "details_de", "caused_by")
        opening = dict.fromkeys(names, HOSTILE) | {key: [HOSTILE] for key in lists}
        document["prospect"]["opens"] = [opening]
        path = written(document)
        for language in ("en", "de"):
            kit.hand_out(language)
            done = kit.run("--plan", str(path))
            assert done.returncode == 0, done.stderr
            lines = done.stdout.split("\n")
            assert not [one for one in lines if one.startswith(("::", "{", "##"))]
            assert "{name} %s" in done.stdout
            assert all(one.isprintable() for one in lines)


@pytest.mark.parametrize("version", [(3, 8), (3, 9), (3, 10)])
def test_a_python_that_is_too_old(version, kit, capsys, monkeypatch):
    """Both scripts say so, before they import what that Python does not have."""
    for name in (REMEDIATE, ROLLBACK):
        code = compile(scripts("de")[name], name, "exec")
        names = {"__name__": "__main__", "__file__": str(kit.folder / name)}
        with monkeypatch.context() as old:
            old.setattr(sys, "version_info", (*version, 0, "final", 0))
            with pytest.raises(SystemExit) as ended:
                exec(code, names)  # noqa: S102 -- the script under test
        assert ended.value.code == 2
        assert capsys.readouterr().err.count("3.11") == 2


class TestOptions:
    @pytest.mark.parametrize("given", ["--lang", "--p", "--pass", "--appl"])
    def test_an_option_is_written_out(self, given, monkeypatch):
        """Half of a name could be that of another option; `--lang` would choose no language."""
        monkeypatch.setattr(script_messages.Speech, "language", "en")
        with pytest.raises(StopError) as stop:
            options_of(["--url", "http://x", given, "en"], back=False)
        assert stop.value.code == 2
        assert given in str(stop.value)
        choose_language([given, "de"])
        assert script_messages.Speech.language == "en"

    def test_no_word_of_the_library_is_told(self):
        refuse: Callable[[str], None] = Parser().error
        with pytest.raises(StopError) as stop:
            refuse("ambiguous option")
        assert "ambiguous" not in str(stop.value)


WRONG = {
    "a later version": {"schema_version": "3.0"},
    "no version": {"schema_version": None},
}
WRONG_OPENINGS = {
    "fewer details in German": {"details": ["a", "b"], "details_de": ["a"]},
    "more details in German": {"details": ["a"], "details_de": ["a", "b"]},
    "details that are a text": {"details": "ab", "details_de": "ab"},
    "causes that are a text": {"caused_by": "HD-01"},
    "details of nothing": {"details_de": None},
    "a title of nothing": {"title_de": None},
    "details that are no texts": {"details_de": [1]},
}
OPENING: dict[str, object] = {
    "control": "HD-01",
    "severity": "high",
    "title": "t",
    "title_de": "T",
    "details": ["d"],
    "details_de": ["D"],
    "count": 1,
    "caused_by": ["HD-02"],
}


class TestPlans:
    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
    def test_of_another_version(self, document, written, wrong):
        self.refused(written(document | wrong))

    @pytest.mark.parametrize("wrong", WRONG_OPENINGS.values(), ids=WRONG_OPENINGS)
    def test_openings(self, document, written, wrong):
        """Who approves in German approves the same as who does in English."""
        document["prospect"]["opens"] = [OPENING]
        assert load(written(document))
        document["prospect"]["opens"] = [OPENING | wrong]
        self.refused(written(document))

    @pytest.mark.parametrize("key", ["wanted", "property", "by_hand"])
    @pytest.mark.parametrize("value", [None, 5, ...])
    def test_what_is_only_shown(self, document, written, key, value):
        change = document["steps"][0]["change"]
        change.pop(key) if value is ... else change.update({key: value})
        self.refused(written(document))

    @pytest.mark.parametrize("key", ["wanted_de", "by_hand_de"])
    def test_what_is_only_shown_in_german(self, document, written, key):
        change = document["steps"][0]["change"]
        change[key] = None
        self.refused(written(document))
        del change[key]
        assert load(written(document))

    def test_a_kind_of_risk_that_nobody_knows(self, document, written):
        document["steps"][0]["action_class"] = "harmless"
        self.refused(written(document))

    @pytest.mark.parametrize("version", ["2.0", "2.1"])
    def test_without_german(self, document, written, version, capsys, monkeypatch):
        """An older plan has none: what it opens is told in English."""
        opening = {key: text for key, text in OPENING.items() if not key.endswith("_de")}
        old = copy.deepcopy(document) | {"schema_version": version}
        old["prospect"]["opens"] = [opening]
        for step in old["steps"]:
            step["subject"].pop("name_de")
            del step["change"]["wanted_de"], step["change"]["by_hand_de"]
        monkeypatch.setitem(script_messages.Speech.known, "de", {}.get)
        monkeypatch.setattr(script_messages.Speech, "language", "de")
        foretell(load(written(old)), Namespace(apply="", accept_dangerous=False))
        assert "HD-01" in capsys.readouterr().out

    @staticmethod
    def refused(path):
        with pytest.raises(StopError) as stop:
            load(path)
        assert stop.value.code == 2


@pytest.mark.parametrize("phase", ["begun", "half-done", "undoing"])
def test_the_status_of_a_step_that_did_not_end(kit, capsys, monkeypatch, tmp_path, phase):
    """It is not "not done": the PBX may have taken a part of it."""
    number = next(step.number for step in kit.plan.steps if step.change.machine)
    note = {"step": number, "hash": kit.plan.hash, "phase": phase, "before": "", "after": ""}
    with Folder(kit.folder, {"hash": kit.plan.hash}, changes=True) as folder:
        folder.note(note)
    shown = {}
    for language in ("en", "de"):
        console = Console(capsys, monkeypatch, tmp_path)
        ended = console("remediate", "status", str(kit.folder), "--language", language)
        lines = ended.out.splitlines()
        [line] = [one for one in lines if one.split()[:1] == [str(number)]]
        [other, *_] = [one for one in lines if one != line]
        shown[language] = line.split()[2:4]
        assert shown[language] != other.split()[2:4]
    assert shown["en"] != shown["de"]
