"""What the scripts say goes through one place, and is said in German from start to end."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
from argparse import Namespace
from dataclasses import asdict, replace
from functools import cache

import pytest

from auditor.messages.languages import templates
from auditor.remediation.composing import FOLDER, PARTS, REMEDIATE, START, scripts, sentences
from auditor.remediation.script import script_messages
from auditor.remediation.script.plan_file import foretell
from auditor.simulator.server import SimulatorServer
from tests.fixtures.program import Console
from tests.remediation.conftest import Kit, account_of, audited, made_by, plan_of, state_of
from tests.remediation.mess import messy, site_for
from tests.remediation.test_faults import Proxy, is_modify

FIELD = re.compile(r"\{(\w+)\}")
# Two words one after the other, which only a sentence has.
SENTENCE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
# What is read by programs, and the help of the command line, which is in English.
PROGRAMS_READ = {
    "start.py": r" / ",  # said in both at once
    "shared.py": r"^<\?xml |xmlns",
    "pbx_client.py": r"^config |^text/xml; ",
    "stored_configuration.py": r"^config ",
    "whole_objects.py": r"^config ",
}
ENGLISH = {
    *("the", "is", "were", "has", "have", "not", "nothing", "and", "of", "to", "it", "its"),
    *("this", "that", "there", "step", "steps", "would", "be", "been", "done", "taken", "back"),
    *("stopped", "cannot", "see", "with", "by", "from", "no", "than", "or", "are", "set"),
    *("password", "restored", "goes", "comes", "given", "interrupted", "before", "added"),
}


def trees():
    for name in (START, *PARTS):
        text = (FOLDER / f"{name}.py").read_text("utf-8")
        yield f"{name}.py", ast.parse(text)


def called(node):
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def calls(tree, *names):
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [node for node in found if called(node) in names]


def docstrings(tree):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            [first, *_] = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.Expr)]
            yield first.value


def texts(tree):
    """Return the strings of a module, its f-strings included, that are written in it."""
    told = [one for call in calls(tree, "say") for one in ast.walk(call)]
    helped = [
        word.value for call in calls(tree, "add") for word in call.keywords if word.arg == "help"
    ]
    apart = {id(one) for one in (*told, *docstrings(tree))}
    apart |= {id(one) for value in helped for one in ast.walk(value)}
    for node in ast.walk(tree):
        if id(node) not in apart and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


class TestOnePlace:
    """Text that goes past it would be English for everybody."""

    def test_no_part_writes_a_sentence_that_is_not_said(self):
        for name, tree in trees():
            known = PROGRAMS_READ.get(name)
            found = [one for one in texts(tree) if SENTENCE.search(one)]
            assert not [one for one in found if not (known and re.search(known, one))], name

    def test_a_sentence_that_goes_past_it_is_seen(self):
        for line in ('write_out("it is done")', 'x = f"it is {y}"', 'raise StopError(1, "not so")'):
            assert any(SENTENCE.search(one) for one in texts(ast.parse(line))), line

    def test_what_is_said_is_a_template_of_its_own(self):
        for name, tree in trees():
            for call in calls(tree, "say"):
                [first] = call.args
                assert isinstance(first, ast.Constant), (name, call.lineno)
                given = {word.arg for word in call.keywords}
                assert given == {*FIELD.findall(str(first.value))}, (name, first.value)

    def test_a_sentence_is_made_by_say_alone_and_written_by_one_function(self):
        for name, tree in trees():
            made = calls(tree, "Said", "_replace")
            assert not made or name == "script_messages.py", name
            written = calls(tree, "print", "write_text", "input", "getpass", "exit")
            written += [call for call in calls(tree, "write") if "std" in ast.unparse(call.func)]
            owners = {
                "start.py": ["exit", "write"],  # before there is anything that could say it
                "shared.py": ["input"],
                "command_line.py": ["exit"],
            }
            assert [called(call) for call in written] == owners.get(name, []), name


def test_every_sentence_is_said_in_german_with_the_same_parts():
    german = templates("de")
    for english in sentences():
        told = german(english, "", 0)
        assert sorted(FIELD.findall(told)) == sorted(FIELD.findall(english)), english
        if SENTENCE.search(FIELD.sub("", english)):
            assert told != english
    assert len(sentences()) > 100


def test_what_is_handed_out_says_it_in_both():
    """Whatever language it was made for."""
    for language in ("en", "de"):
        text = scripts(language)[REMEDIATE]
        for english in sentences():
            said = templates("de")(english, "", 0)
            assert json.dumps(said, ensure_ascii=False) in text
    assert "speak('de')" in scripts("de")[REMEDIATE]


@cache
def german_lines():
    """Return the pattern of each line that German sentences make."""
    return re.compile("|".join(f"(?:{pattern(one)})" for one in sentences()))


def pattern(english):
    """Return the pattern of what a sentence makes in German."""
    told = FIELD.split(templates("de")(english, "", 0))
    return ".*".join(map(re.escape, told[::2]))


def english_in(done):
    """Return the lines of a run that have English words outside what is quoted."""
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    found = []
    for line in lines:
        bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", line)
        words = {*re.findall(r"(?<![\w-])[a-z]+(?![\w-])", bare.lower())} & ENGLISH
        if words or not german_lines().fullmatch(line.strip()):
            found.append(line)
    return found


@pytest.fixture
def german(server, tmp_path, plan):
    kit = Kit(server, tmp_path / "remediation", plan)
    kit.hand_out("de")
    return kit


def spoken(done, *said):
    """Check that a run spoke German alone, and said these."""
    assert english_in(done) == []
    for template in said:
        assert template in sentences()
        assert re.search(pattern(template), done.stdout + done.stderr), template


def with_theirs(pbx, guid):
    """Return a PBX in which somebody else changed an object."""
    old = pbx.index["guid", guid]
    new = replace(old, attributes={**old.attributes, "text": "theirs"})
    return replace(pbx, objects=tuple(new if one is old else one for one in pbx.objects))


DONE = "steps that ended with '{outcome}': {count}"


class TestGerman:
    """Real processes, with what is handed out for a German reader."""

    def test_from_start_to_end(self, server, german):
        before = state_of(server)
        looked = german.run()
        assert looked.returncode == 0, looked.stderr
        names = [step.subject for step in made_by(german.plan) if step.subject.name_de]
        assert names
        assert all(one.name_de in looked.stdout for one in names)
        assert not any(repr(one.name) in looked.stdout for one in names)
        spoken(looked, "would be done", DONE, "nothing was changed; to do it, add --apply {hash}")
        made = german.apply()
        spoken(made, "a new random password", DONE)
        done = german.apply("--passwords-ready")
        assert done.returncode == 0, done.stderr
        spoken(done, "done", "was done before", DONE)
        assert state_of(server) != before
        again = german.apply("--passwords-ready")
        spoken(again, "was done before")
        look = german.run(script="rollback.py")
        spoken(look, "would be taken back")
        shown = german.run("--restore", script="rollback.py")
        spoken(shown, "goes: {piece}", "comes back: {piece}", "would be restored")
        back = german.roll_back()
        assert back.returncode == 0, back.stderr
        spoken(back, "taken back")
        assert state_of(server) == before
        outcomes = {
            json.loads(one)["outcome"] for one in german.read("remediation.log").splitlines()
        }
        assert outcomes == {"done", "taken back"}, "a log is for programs"

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (
                ["--apply", "0" * 12],
                "this is not the hash of the plan: read it, then give its hash",
            ),
            (["--apply"], "there is nobody to ask: give the hash of the plan, --apply HASH"),
            (["--only", "HD-99"], "--only: the plan has no step {name}"),
            (["--plan", "nowhere.json"], "{path} cannot be read ({error})"),
            (["--url", "pbx"], "give the address as https://host or https://host:port"),
            (["--url", "http://127.0.0.1:1"], "the PBX cannot be reached: {reason}"),
            (
                ["--ca-file", "nowhere.pem", "--url", "https://127.0.0.1"],
                "--ca-file cannot be used ({reason})",
            ),
            (["--ca-file", "x"], "--fingerprint and --ca-file need an https address"),
            (["--class", "harmless"], "{name} needs another value, see --help"),
            (["--class"], "{name} needs another value, see --help"),
            (["--passwords-ready=1"], "{option} takes no value"),
            (["--accept-dangerous=yes"], "{option} takes no value"),
            (["--restore"], "there is no {name}, see --help"),
            (["--language", "fr"], "--language can be one of these: {names}"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_what_is_refused(self, server, german, more, said):
        before = state_of(server)
        done = german.run(*more)
        assert done.returncode in {2, 3}
        spoken(done, said)
        assert state_of(server) == before

    def test_a_value_that_somebody_changed(self, server, german):
        step = next(s for s in made_by(german.plan) if s.control == "HD-04")
        only = ("--only", str(step.number))
        assert german.apply(*only).returncode == 0
        server.state.edit(lambda pbx: with_theirs(pbx, step.change.machine.guid))
        refused = german.apply(*only, script="rollback.py")
        assert refused.returncode == 1
        spoken(
            refused,
            "step {number}: somebody changed this since, or the PBX did; --restore puts back what "
            "was noted all the same",
        )

    def test_a_run_that_was_killed_is_gone_on_with(self, server, german):
        before = state_of(server)
        running: list[subprocess.Popen] = []

        def kills(head, body, answer):
            """Kill the script when the PBX has taken its change, before it knows."""
            if is_modify(head, body, answer):
                os.kill(running[0].pid, signal.SIGKILL)
            return is_modify(head, body, answer)

        proxy = Proxy(server, drops=kills)
        try:
            command = german.command("--apply", german.plan.hash[:12], url=proxy.url)
            running.append(
                subprocess.Popen(  # noqa: S603 -- the script under test
                    command,
                    env=german.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            assert running[0].wait(60) == -signal.SIGKILL
        finally:
            proxy.close()
        assert state_of(server) != before
        done = german.apply()
        assert done.returncode == 0, done.stderr
        spoken(done, "was done before the break", DONE)
        back = german.roll_back()
        assert back.returncode == 0, back.stderr
        spoken(back, "taken back")
        assert state_of(server) == before

    def test_whoever_asks_for_english_gets_it(self, german):
        done = german.run("--language", "en", "--only", "HD-04")
        assert "would be done" in done.stdout
        assert "nothing was changed" in done.stdout

    def test_and_an_english_script_speaks_german_when_asked(self, kit):
        done = kit.run("--language", "de", "--only", "HD-04")
        spoken(done, "would be done")

    def test_a_console_without_umlauts(self, german):
        done = german.run("--only", "HD-04", python="-B", PYTHONIOENCODING="ascii")
        assert done.returncode == 0, done.stderr
        assert "wuerde erledigt" in done.stdout


def test_rollback_alone_says_what_it_needs(german):
    (german.folder / REMEDIATE).unlink()
    done = german.roll_back()
    assert done.returncode == 2
    assert done.stderr.count(REMEDIATE) == 2
    assert "Traceback" not in done.stderr


class TestProgram:
    """The same from the installed program."""

    @pytest.fixture
    def console(self, capsys, monkeypatch, tmp_path, server):
        admin = account_of(server, "admin")
        monkeypatch.setenv("PBX_ADMIN_USERNAME", admin.username)
        monkeypatch.setenv("PBX_ADMIN_PASSWORD", admin.password)
        monkeypatch.setattr(script_messages.Speech, "known", dict(script_messages.Speech.known))
        monkeypatch.setattr(script_messages.Speech, "language", "en")
        monkeypatch.setattr("auditor.remediation.script.command_line.leave_no_core", lambda: None)
        return Console(capsys, monkeypatch, tmp_path)

    @pytest.mark.parametrize("command", ["apply", "rollback"])
    def test_it_speaks_the_language_of_the_program(self, server, kit, console, command):
        before = state_of(server)
        only = ["--only", "HD-04"]
        given = ["remediate", command, str(kit.folder), "--url", server.url, *only]
        for language, other in (("de", "was done"), ("en", "wurde")):
            done = console(*given, "--language", language)
            assert done.code == 0, done.err
            assert other not in done.out
        english = console(*given, "--apply", "0" * 12)
        german = console(*given, "--apply", "0" * 12, "--language", "de")
        assert english.code == german.code == 2
        assert german.err.startswith("angehalten: ")
        assert state_of(server) == before


class TestOpenings:
    """What a dangerous plan opens is told in the language, and the hash covers what is told."""

    @pytest.fixture(scope="class")
    @classmethod
    def dangerous(cls):
        with SimulatorServer(messy(4)) as running:
            return plan_of(audited(running, site_for(running.pbx)))

    def test_the_plan_has_it_in_both_languages(self, dangerous):
        for one in dangerous.prospect.opens:
            assert one.title_de not in {"", one.title}
            assert len(one.details_de) == len(one.details)
            assert not {*one.details} & {*one.details_de}

    def test_it_is_told_in_german(self, dangerous, server, tmp_path):
        kit = Kit(server, tmp_path / "dangerous", dangerous)
        kit.hand_out("de")
        done = kit.apply()
        assert done.returncode == 2
        spoken(done, "the plan is dangerous, see what it opens: add --accept-dangerous")
        [first, *_] = dangerous.prospect.opens
        assert first.title_de in done.stdout
        assert first.title not in done.stdout

    def test_a_plan_of_an_earlier_version_is_told_in_english(self, dangerous, capsys):
        opens = [asdict(one) for one in dangerous.prospect.opens]
        for one in opens:
            del one["title_de"], one["details_de"]
        plan = {"prospect": {"dangerous": False, "opens": opens}}
        foretell(plan, Namespace(apply="", accept_dangerous=False))
        assert dangerous.prospect.opens[0].title in capsys.readouterr().out
