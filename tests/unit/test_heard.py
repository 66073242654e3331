"""What sources say while they read is recognised, so that a report can say it in German."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import sources
from auditor.heard import advised, noted, recorded, why_unread, why_unreadable
from auditor.model.message import Statement
from auditor.model.snapshot import PasswordEvidence
from auditor.model.vocabulary import PasswordState
from auditor.passwords import book
from auditor.report.language import german
from tests.fixtures.values import VALUES

FOLDER = Path(sources.__file__).parent
# Stands for any value, and for any reason.
_VALUE = "it is cut off"
# Errors that end the program, or the look of a person, before there is a report.
NO_GAPS = {
    *("belonging.py", "download.py", "files.py", "folder.py", "generations.py", "journal.py"),
    *("probe.py", "readonly.py", "saved.py"),
}
ENDS = {
    "the request is not one that could be understood",
    "the request holds more than what was understood of it",
    "a live audit needs an account, a viewer is enough",
    "this is not the address of a PBX",
    "credentials do not belong into an address, where other programs can see them",
    "a CA file alone would accept every device of the vendor",
    "the CA file cannot be read",
    "it cannot be read as X.509",
}


def text_of(node):
    """Return a literal as the text that it makes with values of our own; None if it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "it is cut off"
            for part in node.values
        )
    return None


def reasons_in(path):
    """Yield the literal reasons of the gaps and errors that a module makes."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        place = 1 if call.func.id == "Gap" else 0 if call.func.id.endswith("Error") else None
        if place is not None and len(call.args) > place:
            text = text_of(call.args[place])
            if text:
                yield text


MODULES = [path for path in sorted(FOLDER.rglob("*.py")) if path.name not in NO_GAPS]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_reason_that_a_source_gives_is_known(path):
    unknown = [
        text
        for text in reasons_in(path)
        if text not in ENDS and not isinstance(why_unread(text), Statement)
    ]
    assert unknown == []


def advice_in(path):
    """Yield the advice of the gaps and open ends that a module makes, by literal or by constant."""
    name = path.relative_to(FOLDER).with_suffix("").as_posix().replace("/", ".")
    constants = vars(importlib.import_module(f"{sources.__name__}.{name}"))
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        place = {"Gap": 4, "OpenEnd": 1, "Ledger": 1}.get(call.func.id)
        if place is None:
            continue
        given = [word.value for word in call.keywords if word.arg == "advice"]
        for node in (*call.args[place : place + 1], *given):
            if isinstance(node, ast.Name):
                yield constants.get(node.id)
            elif isinstance(node, ast.Constant):
                yield node.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_advice_that_a_source_gives_is_known(path):
    given = [advice for advice in advice_in(path) if advice]
    assert [one for one in given if not isinstance(advised(one), Statement)] == []


def test_every_reason_why_a_password_is_unreadable_is_known():
    seen = [one for one in vars(book).values() if isinstance(one, PasswordEvidence) and one.reason]
    assert len(seen) == 4
    assert all(isinstance(why_unreadable(one), Statement) for one in seen)


ATTESTED = (
    "attested was 0, which differs: [facts.telnet_port] attested by A. Muster on 2026-11-01, "
    "valid until 2027-11-01, seen on General/Admin: the one in the hall"
)
ATTESTED_DE = (
    "bestätigt wurde etwas anderes, nämlich 0: [facts.telnet_port] bestätigt von A. Muster am "
    "2026-11-01, gültig bis 2027-11-01, gesehen auf General/Admin: the one in the hall"
)
OTHER_ROWS = (
    "other rows were attested: site file, attested by A. Muster on 2026-11-01, valid until "
    "2027-11-01"
)
OTHER_ROWS_DE = (
    "bestätigt wurden andere Zeilen: Standortdatei, bestätigt von A. Muster am 2026-11-01, gültig "
    "bis 2027-11-01"
)
RECORDED = "its secrets open with the factory login; read because of cfg.txt: it is cut off"
RECORDED_DE = (
    "ihre Geheimnisse öffnen sich mit der Werksanmeldung; gelesen wegen: cfg.txt: es ist "
    "abgeschnitten"
)


@pytest.mark.parametrize(
    ("said", "translated"),
    [
        (why_unread("cfg.txt: the PBX answers 404"), "cfg.txt: die PBX antwortet mit 404"),
        (
            why_unread("Werk 2: the reading was interrupted; 3 objects were not asked for"),
            "Werk 2: das Lesen wurde unterbrochen; nicht abgefragte Objekte: 3",
        ),
        (advised("renew it on the PBX"), "auf der PBX erneuern"),
        (
            why_unread("evidence that could not be read: the link leads nowhere"),
            "Nachweise, die nicht gelesen werden konnten: der Link führt ins Leere",
        ),
        (recorded("not used: it is the same as a.txt"), "nicht verwendet: dasselbe wie a.txt"),
        (recorded("not read: the link leads nowhere"), "nicht gelesen: der Link führt ins Leere"),
        (noted(ATTESTED), ATTESTED_DE),
        (noted(OTHER_ROWS), OTHER_ROWS_DE),
        (recorded(RECORDED), RECORDED_DE),
    ],
)
def test_it_is_said_in_german(said, translated):
    assert said.told(german) == translated


@pytest.mark.parametrize(
    "text",
    [
        "",
        "somebody's own words",
        "cfg.txt: somebody's own words",
        "attested was 0, which differs: somebody's own words",
        "cfg.txt ended early: ",
    ],
)
def test_what_is_not_ours_stays_text(text):
    for listen in (why_unread, noted, advised, recorded):
        found = listen(text)
        assert found == text
        assert not isinstance(found, Statement)


@pytest.mark.parametrize("value", [*VALUES, "x" * 10_000])
def test_a_hostile_name_stays_a_name(value):
    said = why_unread(f"object {value}: it is cut off")
    assert said == f"object {value}: it is cut off"
    if value:
        assert said.told(german) == f"Objekt {value}: es ist abgeschnitten"


@settings(deadline=None, derandomize=True, database=None)
@given(st.text())
def test_listening_never_changes_what_was_said(text):
    for heard in (why_unread(text), noted(text), advised(text), recorded(text)):
        assert heard == text


def test_a_password_without_reason_has_none():
    assert why_unreadable(PasswordEvidence(PasswordState.SET)) == ""
