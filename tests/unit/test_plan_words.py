"""The texts of a plan in German: all of them have a message, and names are none."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from auditor import checks, remediation
from auditor.facts import known_facts
from auditor.messages.languages import catalogue
from auditor.model.vocabulary import PasswordState
from auditor.remediation import wording
from auditor.sources.snapshot.message_recognition import recognised
from tests.catalogue import messages, of_plans


def test_a_reason_with_a_number_is_recognised():
    english = "step 12 changes this value"
    assert wording.by_hand(english, "de") == "mit Schritt 12 schon erledigt"
    assert wording.by_hand(english, "en") == english


def test_a_wanted_value_is_said_only_if_a_check_says_it():
    assert wording.wanted("13r3 sr9 or newer", "firmware", "de") == "13r3 sr9 oder neuer"
    assert wording.wanted("0 to 5", "x", "de") == "0 bis 5"
    rows = "a row 0110 -> ok; a row 9110 -> ok"
    assert wording.wanted(rows, "filter a", "de") == "eine Zeile 0110 -> ok; eine Zeile 9110 -> ok"
    assert wording.wanted("m.schaefer", "device", "de") == "m.schaefer"
    assert wording.wanted("1 to 2", "device", "de") == "1 to 2"  # the name of a user
    assert wording.wanted("{0.__class__} or newer", "x", "de") == "{0.__class__} oder neuer"


def test_the_state_of_a_password_is_said_and_a_value_that_looks_like_one_is_not():
    said = {wording.seen(state, "pwd", "de") for state in PasswordState}
    assert len(said) == len(PasswordState)
    assert "kein Passwort" in said
    assert wording.seen("set", "filter", "de") == "set"
    assert wording.seen("default", "snmp_community", "de") == "der veröffentlichte Standardwert"
    assert wording.seen("default", "time_server", "de") == "default"


@pytest.mark.parametrize(
    ("kind", "name", "shown"),
    [
        ("setting", "the IP filter", "der IP-Filter"),
        ("setting", "Unknown Registrations", "Unknown Registrations"),
        ("device", "hw1 of a of b (B, A)", "hw1 of a von b (B, A)"),
        ("list", "the firmware of 3 devices", "die Firmware von 3 Geräten"),
        ("filter", "filter a, 1 user: b", "Filter a, 1 Benutzer: b"),
        ("filter", "no call filter, 2 users: a, b", "kein Anruffilter, 2 Benutzer: a, b"),
        (
            "filter",
            "filter x, 9 users: a, b and 7 more",
            "Filter x, 9 Benutzer: a, b und weitere (7)",
        ),
        ("user", "the IP filter", "the IP filter"),
        ("user", "a of b", "a of b"),
    ],
)
def test_what_a_step_is_about_is_in_german_unless_the_pbx_named_it(kind, name, shown):
    assert wording.subject(kind, name, "de") == shown
    assert wording.subject(kind, name, "en") == name


# --- completeness: what the code says has a message ---------------------------------------------

PLACEHOLDER = "\0"


def constants(tree):
    """Return the constants of a module that are a text, by name."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and node.value is not None
    }


def as_text(node, known):
    """Return the text of an expression with a mark for what differs, None if nothing shows it."""
    if isinstance(node, ast.Name) and node.id in known:
        return as_text(known[node.id], known)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else PLACEHOLDER for p in node.values)
        return "".join(parts)
    return None


def calls(package, name, place):
    """Yield what is the argument at a place of each call of a function in a package."""
    for path in sorted(Path(package.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and len(node.args) > place:
                called = ast.unparse(node.func) == name
                text = as_text(node.args[place], known) if called else None
                if text is not None:
                    yield text


def sentences_in(module):
    """Yield every text of a module that is more than a name, docstrings left out."""
    tree = ast.parse(Path(remediation.__file__).with_name(module).read_text(encoding="utf-8"))
    quiet = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    quiet |= {id(part) for node in joined for part in node.values}
    for node in [*ast.walk(tree), *joined]:
        text = as_text(node, {}) if id(node) not in quiet else None
        if text and text.count(" ") > 1 and "\n" not in text:
            yield text


@pytest.mark.parametrize("module", ["change_planner.py", "filter_choice.py", "plan.py"])
def test_every_reason_why_people_have_to_has_a_message(module):
    found = set(sentences_in(module))
    assert found
    for text in found:
        pattern = ".+".join(map(re.escape, text.split(PLACEHOLDER)))
        assert any(re.fullmatch(pattern, one) for one in wording.BY_HAND), text


def test_every_text_of_a_check_about_what_is_wanted_has_a_message():
    found = {*calls(checks, "Fix", 2), *calls(checks, "judged.violated", 1)}
    assert len(found) > 20
    values = {"", "true", "false", "https://…"}
    assert {text for text in found - values if not recognised(text, wording.WANTED)} == set()


def test_every_message_of_a_plan_is_translated_with_its_parameters():
    menus = {fact.label for fact in known_facts().values() if not fact.label.startswith("the ")}
    known = messages()
    for english in of_plans():
        said = catalogue("de").gettext(english)
        assert said != english or english in menus
        assert english in known
        fields = [{name for _, name, _, _ in Formatter().parse(one)} for one in (english, said)]
        assert fields[0] == fields[1]
