"""What people mistype: each error names the place, says what was meant, and in our words."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from functools import wraps
from types import SimpleNamespace
from typing import Any

import pytest

from auditor.cli.app import build_app
from auditor.cli.command_table import COMMANDS
from auditor.cli.common_options import completion
from auditor.cli.help_examples import EXAMPLES
from auditor.messages.message import say
from auditor.messages.suggestions import did_you_mean, nearest
from auditor.resources import rules_directory
from tests.fixtures.pbx import write
from tests.fixtures.program import environment, site_option
from tests.fixtures.waivers import waiver_text, waiver_today
from tests.generated import _commands, _help

# What only a library for validation would say.
THEIRS = ("Input should", "Field required", "Extra inputs", "Value error", "Unable to", "pydantic")
PLACE = """\
name = "x"
description = "x"
extends = "documented"
[settings.ip_filter]
place = "line"
grade = "learned"
module = "IP0"
present = "x"
option = "x"
"""


def commands():
    """Return the commands that do something; a group only holds others."""
    groups = {name.partition(" ")[0] for name in _commands() if " " in name}
    return [name for name in _commands() if name not in groups]


class TestOptions:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["audti", "insecure.txt"], "audit"),
            (["waivers", "lst", "w.toml"], "list"),
            (["audit", "insecure.txt", "--profil", "strict"], "--profile"),
            (["audit", "insecure.txt", "--profile", "tutoral"], "did you mean tutorial?"),
            (["simulate", "--config", "insecur"], "did you mean insecure?"),
            (["audit", "x", "--format", "html", "--format", "json"], "--format: this option"),
            (["report", "x", "-o", "y", "--format=pdf", "--format=csv"], "commas between"),
            (["fleet", "run", "x", "--format", "html", "--format", "json"], "--format: this"),
            (["audit", "htpps://pbx.example.com:8443"], "mean https://pbx.example.com:8443?"),
            (["audit", "https:/pbx.example.com"], "did you mean https://pbx.example.com?"),
            (["audit", "https//pbx.example.com"], "did you mean https://pbx.example.com?"),
            (["audit", "http:/pbx.example.com/"], "did you mean https://pbx.example.com?"),
            (["audit", "htps://pbx.example.com"], "did you mean https://pbx.example.com?"),
            (["audit", "https:pbx"], "did you mean https://pbx?"),
            (["audit", "https;//pbx:8443/admin.xml"], "did you mean https://pbx:8443?"),
            (["audit", "pbx.example.com"], "did you mean https://pbx.example.com?"),
            (["audit", "192.0.2.1:443/"], "did you mean https://192.0.2.1:443?"),
            (["audit", "insecure.txt", "--control", "HD4"], "did you mean HD-04?"),
            (["audit", "insecure.txt", "--control", "hd-04"], "did you mean HD-04?"),
            (["audit", "insecure.txt", "--format", "jsn"], "did you mean json?"),
            (["audit", "insecure.txt", "--fail-on", "hgh"], "did you mean high?"),
            (["audit", "insecure.txt", "--incomplete", "fial"], "did you mean fail?"),
            (["audit", "insecure.txt", "--language", "german"], "de, en"),
            (["audit", "insecure.txt", "--timeout", "soon"], "write a number"),
            (["audit", "insecure.txt", "--timeout", "9999"], "600 or less"),
            (["audit", "insecure.txt", "--max-connections", "many"], "write a whole number"),
            (["rules", "explain", "TLS-1"], "did you mean TLS-01?"),
            (["rules", "list", "--profile", "bseline"], "did you mean baseline?"),
            (["attest", "HD3", "--value", "0", "--by", "A", "--until", "2027-01-01"], "HD-03"),
            (["schema", "reprot"], "did you mean report?"),
            (["waivers", "check", "w.toml"], "lint, list, audit, add"),
            (["rules", "profiles"], "list"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else None,
    )
    def test_what_was_meant(self, console, evidence, arguments, says):
        ended = console(*arguments)
        assert ended.code == 2, ended.said
        assert says in ended.err
        assert not any(text in ended.err for text in THEIRS)
        assert evidence.is_dir()


class TestFiles:
    def report(self, console):
        console("audit", "insecure.txt", "--out", "out", "--format", "json,remediation", "-q")
        console("collect", "insecure.txt", "-o", "snapshot.json")
        console("baseline", "create", "out/report.json", "-o", "baseline.json")

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["audit", "insecur.txt"], "did you mean insecure.txt?"),
            (["audit", "insecure.txt", "--site", "sit.toml"], "did you mean site.toml?"),
            (["audit", "insecure.txt", "--waivers", "site.tom"], "did you mean site.toml?"),
            (["diff", "out/reprot.json", "out/report.json"], "did you mean out/report.json?"),
            (["audit", "site.toml"], "--site takes a site file"),
            (["audit", "out/report.json"], "it is a report"),
            (["audit", "baseline.json"], "it is a baseline"),
            (["audit", "out/remediation/plan.json"], "it is a remediation plan"),
            (["audit", "insecure.txt", "--site", "insecure.txt"], "configuration of a PBX"),
            (["audit", "insecure.txt", "--baseline", "out/report.json"], "it is a report"),
            (["report", "insecure.txt", "--out", "x"], "configuration of a PBX"),
            (["report", "snapshot.json", "--out", "x"], "it is a snapshot"),
            (["diff", "baseline.json", "out/report.json"], "it is a baseline"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else None,
    )
    def test_the_wrong_file(self, console, evidence, arguments, says):
        self.report(console)
        (evidence / "site.toml").write_text("[target]\n", encoding="utf-8")
        ended = console(*arguments)
        assert ended.code == 2, ended.said
        assert says in ended.err.replace("\\", "/")

    def test_a_site_file_is_not_called_json(self, console, evidence):
        (evidence / "site.toml").write_text("[target]\n", encoding="utf-8")
        ended = console("audit", "site.toml")
        assert ended.code == 2
        assert "JSON" not in ended.err

    def test_all_that_is_wrong_with_a_file_is_told_at_once_with_its_advice_once(
        self, console, evidence
    ):
        path = evidence / "wrong.toml"
        path.write_text("[[waivers]]\nrule = 'HD-01'\n" * 2, encoding="utf-8")
        ended = console("audit", "insecure.txt", "--waivers", "wrong.toml")
        assert (ended.code, ended.err.count("wrong.toml:")) == (2, 12)
        assert ended.err.count("pbx-auditor help waivers") == 1
        path.write_text("[[waivers]]\nrule = 'HD-01'\n" * 9, encoding="utf-8")
        ended = console("audit", "insecure.txt", "--waivers", "wrong.toml")
        assert ended.err.count("wrong.toml:") == 20
        assert "34" in ended.err.splitlines()[-1]

    def test_nothing_like_it_is_no_suggestion(self, console, tmp_path):
        ended = console("audit", tmp_path / "nowhere" / "zzz.bin")
        assert ended.code == 2
        assert "did you mean" not in ended.err


class TestDocuments:
    @pytest.mark.parametrize(
        ("content", "line", "says"),
        [
            ("[hot_desk]\nbase_user = []\n", 2, "did you mean base_users?"),
            ("[hotdesk]\n", 1, "did you mean hot_desk?"),
            ("[report]\nlanguage = 'german'\n", 2, "'de', 'en'"),
            ("[target]\nname = 5\n", 2, "quotation marks"),
            ("[target]\nobjects = 0\n", 2, "1 or more"),
            ("[hot_desk]\nbase_users = 'anna'\n", 2, "list"),
            ("target = 'Werk'\n", 1, "table"),
            ("[dialling]\ntrunk_prefixes = ['0a']\n", 2, "form"),
            ("[controls.HD-4]\nexclude = true\nreason = 'x'\n", 1, "did you mean HD-04?"),
            ("[controls.HD-01]\nseverity = 'hgh'\nreason = 'x'\n", 2, "did you mean high?"),
            ("[parameters.HD-01]\nmin_scor = 3\nreason = 'x'\n", 2, "did you mean min_score?"),
            ("[facts.ip_fliter]\n", 1, "did you mean ip_filter?"),
            ("[facts.ip_filter]\nby = 'x'\n", 1, "missing"),
            ("[target]\ndialect = 'documentd'\n", 2, "did you mean documented?"),
        ],
    )
    def test_a_site_file(self, console, evidence, content, line, says):
        (evidence / "site.toml").write_text(content, encoding="utf-8")
        ended = console("audit", "insecure.txt", "--site", "site.toml")
        assert ended.code == 2, ended.said
        assert f"site.toml:{line}:" in ended.err
        assert says in ended.err
        assert not any(text in ended.err for text in THEIRS)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"aprover": "x"}, "did you mean approver?"),
            ({"rule": "HD4"}, "did you mean HD-04?"),
            ({"rule": ""}, "empty"),
            ({"expires": "2027-05-31"}, "without quotation marks"),
        ],
    )
    def test_a_waiver_file(self, console, evidence, change, says):
        text = waiver_text(waiver_today())
        for key, value in change.items():
            kept = [line for line in text.splitlines() if not line.startswith(f"{key} =")]
            text = "\n".join([*kept, f"{key} = {json.dumps(value)}", ""])
        (evidence / "w.toml").write_text(text, encoding="utf-8")
        ended = console("waivers", "lint", "w.toml")
        assert ended.code == 2, ended.said
        assert says in ended.err
        assert not any(words in ended.err for words in THEIRS)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("nam = 'x'\n", "did you mean name?"),
            ("extends = 'documented'\n", "name: the key is missing"),
            (PLACE.replace("ip_filter", "ip_fliter"), "did you mean ip_filter?"),
            (PLACE.replace("option", "optoin"), "did you mean option?"),
            (PLACE.replace('"learned"', '"lerned"'), "did you mean learned?"),
        ],
    )
    def test_a_dialect(self, console, tmp_path, content, says):
        write(tmp_path, {"d.toml": content})
        ended = console("dialects", "list", "d.toml")
        assert ended.code == 2, ended.said
        assert says in ended.err
        assert not any(words in ended.err for words in THEIRS)

    def test_a_rule_of_ones_own(self, console, tmp_path):
        write(tmp_path / "own", {"xy.toml": 'id = "XY-01"\ntitel = "x"\n'})
        ended = console("rules", "list", "--rules", "own")
        assert ended.code == 2
        assert not any(words in ended.err for words in THEIRS)


class TestSuggestions:
    @pytest.mark.parametrize(
        ("word", "meant"),
        [
            ("hd-4", "HD-04"),
            ("HD04", "HD-04"),
            ("hd_04", "HD-04"),
            ("HD-14", "HD-14"),
            ("xx", ""),
            ("", ""),
            ("a" * 10_000, ""),
        ],
    )
    def test_the_nearest(self, word, meant):
        assert nearest(word, ["HD-04", "HD-14", "TLS-01"]) == meant

    def test_a_long_list_is_pointed_at(self):
        many = [f"AB-{number:02}" for number in range(100)]
        assert did_you_mean("zzzz", many, all_of_them=say("nothing")) == "nothing"
        assert "AB-07" in did_you_mean("AB7", many, all_of_them=say("nothing"))


def _commands_in(app):
    """Yield every command of a program, those of groups within groups too."""
    yield from app.registered_commands
    for group in app.registered_groups:
        yield from _commands_in(group.typer_instance)


class TestHelp:
    @pytest.mark.parametrize("name", commands())
    def test_each_command_has_examples(self, name):
        assert EXAMPLES[name]
        shown = _help(name)
        assert all(f"pbx-auditor {line}" in shown for line in EXAMPLES[name])

    def test_there_are_no_examples_of_what_is_gone(self):
        assert EXAMPLES.keys() == set(commands())

    @pytest.mark.parametrize("name", commands())
    def test_examples_can_be_typed(self, monkeypatch, name):
        """The command line takes them; what they do is not done."""
        for line in EXAMPLES[name]:
            done: list[str] = []
            words = shlex.split(line)
            app = build_app(words[:1])
            for command in _commands_in(app):
                monkeypatch.setattr(command, "callback", _noted(command.callback, name, done))
            app(args=words, prog_name="pbx-auditor", standalone_mode=False)
            assert done == [name]

    @pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS), ("waivers", "add")])
    def test_h_is_help(self, console, words):
        ended = console(*words, "-h")
        assert ended.code == 0
        assert "Usage: pbx-auditor" in ended.out

    @pytest.mark.parametrize("name", ["audit", "report", "demo", "remediate plan", "rules docs"])
    def test_o_is_out(self, name):
        assert "-o, --out" in _help(name)


def _noted(callback, name, done):
    """Return a function with the same options that only notes that it was called."""

    @wraps(callback)
    def note(*_, **__):
        done.append(name)

    return note


FLEET = """
[[tenant]]
id = "north"
[[tenant]]
id = "south"
[[pbx]]
id = "head"
tenant = "north"
target = "head.txt"
"""


@pytest.mark.skipif(os.name != "posix", reason="asks as bash does")
def typed(line):
    """Return what bash hands to the program that is to complete a line."""
    return {
        "_PBX_AUDITOR_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }


class TestCompletion:
    @pytest.mark.parametrize(
        ("line", "wanted"),
        [
            ("pbx-auditor audit x --profile tut", "tutorial"),
            ("pbx-auditor audit x --format json,ht", "json,html"),
            ("pbx-auditor audit x --control HD-0", "HD-04"),
            ("pbx-auditor rules explain TLS", "TLS-01"),
            ("pbx-auditor learn --fact ip_f", "ip_filter"),
            ("pbx-auditor audit x --fail-on cri", "critical"),
        ],
    )
    def test_a_shell_is_offered_it(self, console, line, wanted):
        for name, value in typed(line).items():
            console.setenv(name, value)
        assert wanted in console().out.split("\n")

    @pytest.mark.parametrize(
        ("line", "wanted"),
        [
            ("pbx-auditor fleet status --tenant no", {"north"}),
            ("pbx-auditor fleet status fleet.toml --tenant ", {"north", "south"}),
            ("pbx-auditor fleet digest --tenant sou", {"south"}),
            ("pbx-auditor fleet forget n", {"north"}),
            ("pbx-auditor fleet run --only ", {"head", "tenant=north", "tenant=south"}),
            ("pbx-auditor fleet status missing.toml --tenant ", set()),
        ],
    )
    def test_a_shell_is_offered_what_the_inventory_names(self, console, line, wanted):
        write(console.folder, {"fleet.toml": FLEET})
        for name, value in typed(line).items():
            console.setenv(name, value)
        assert set(console().out.split()) == wanted

    def test_the_program_that_a_shell_starts_offers_it(self, tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", "import auditor.cli.app as a, sys; sys.exit(a.run([]))"],
            cwd=tmp_path,
            env=environment(tmp_path, **typed("pbx-auditor audit x --control HD-0")),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "HD-04" in done.stdout.split("\n")


def context(**params) -> Any:
    """Return what a shell has typed so far."""
    return SimpleNamespace(params=params)


class TestOffers:
    def test_controls_of_ones_own_are_among_them(self, tmp_path):
        (path,) = rules_directory().rglob("HD-10*.toml")
        text = path.read_text(encoding="utf-8").replace('id = "HD-10"', 'id = "XY-01"')
        write(tmp_path / "own", {"xy-01.toml": text})
        typed = context(rules=[str(tmp_path / "own")])
        assert [name for name, _ in completion.controls(typed, "XY")] == ["XY-01"]

    @pytest.mark.parametrize("params", [{"rules": ["missing"]}, {"site": "missing.toml"}])
    def test_a_wrong_command_line_still_offers_what_is_bundled(self, tmp_path, monkeypatch, params):
        monkeypatch.chdir(tmp_path)
        assert ("HD-01", "The base user has a strong password") in completion.controls(
            context(**params), "HD-01"
        )

    def test_a_format_is_offered_once(self):
        assert ("json,json", "") not in completion.formats("json,js")
        assert completion.formats("json,html,jun") == [("json,html,junit", "")]


def test_a_site_with_everything_right_is_taken(console, evidence):
    ended = console("audit", "insecure.txt", *site_option("insecure"), "-q")
    assert ended.code == 1
    assert evidence.is_dir()
