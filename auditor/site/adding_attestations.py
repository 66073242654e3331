"""Adds an attestation to a site file; what stands there stays as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from auditor.errors import InputError, LinePlace, OptionPlace, SiteFileError
from auditor.facts import FALSE, TRUE, Fact, FactKind, known_facts
from auditor.files.toml_lines import line_of
from auditor.files.toml_writing import Value, assignments
from auditor.files.writing import mode_of, write_file
from auditor.messages.message import say
from auditor.model.rule import RuleDocument
from auditor.site.attestations import check_dates
from auditor.site.site_file import SiteFile, load_site_file, parse_site_file
from auditor.values.frozen import frozen


@frozen
class Statement:
    """What a person states: the values, who saw them where and when, and until when they count."""

    values: Sequence[str]
    by: str
    on: date
    until: date
    page: str = ""
    note: str = ""


def fact_to_attest(rule: RuleDocument, wanted: str | None) -> Fact:
    """Return the fact of a control that a person can attest. Raises InputError."""
    asked = dict.fromkeys([*rule.complete, *rule.conditional])
    facts = [known_facts()[name] for name in asked if name in known_facts()]
    names = [fact.name for fact in facts]
    if wanted is not None:
        facts = [fact for fact in facts if fact.name == wanted]
    if len(facts) == 1:
        return facts[0]
    if not names:
        raise InputError(
            say("{control} is decided by what is read, not by a statement", control=rule.id),
            where="CONTROL",
            advice=say("`pbx-auditor rules list` shows which controls are learned or attested"),
        )
    raise InputError(
        say("{control} rests on several facts", control=rule.id)
        if wanted is None
        else say("not a fact of {control}", control=rule.id),
        where=OptionPlace("--fact"),
        advice=say("choose one of: {names}", names=", ".join(names)),
    )


def add_statement(path: Path, fact: Fact, statement: Statement, today: date) -> None:
    """Append an attestation to a site file, or begin one.

    Raises InputError if the file states the fact already or the statement is not valid,
    OutputError if it cannot be written.
    """
    known = load_site_file(path) if path.exists() else SiteFile(parse_site_file("", path).site)
    keys = ("facts", fact.name)
    if known.site.facts and fact.name in dict(known.site.facts.settings()):
        raise SiteFileError(
            say("{fact} is attested already", fact=fact.name),
            where=LinePlace(path, line_of(known.text, keys)),
            advice=say("change or remove that table first"),
        )
    values: dict[str, Value] = {
        "value": _value(fact, statement.values),
        "by": statement.by,
        "on": statement.on,
        "until": statement.until,
    }
    values |= {"page": statement.page} if statement.page else {}
    values |= {"note": statement.note} if statement.note else {}
    before = f"{known.text.rstrip()}\n\n" if known.text.strip() else ""
    text = "\n".join([f"{before}[facts.{fact.name}]", *assignments(values), ""])
    made = parse_site_file(text, path)
    check_dates(made.site.facts, today)
    write_file(path, text.encode(), mode_of(path))


def _value(fact: Fact, values: Sequence[str]) -> Value:
    """Return what was seen in the form that the site file has it. Raises InputError."""
    if fact.kind in {FactKind.NETWORKS, FactKind.NAMES}:
        return [value for value in values if value]
    if len(values) != 1:
        raise InputError(
            say("one value is needed"), where=OptionPlace("--value"), advice=say("give it once")
        )
    (value,) = values
    if fact.kind is FactKind.NUMBER:
        if not (value.isascii() and value.isdigit()):
            raise InputError(
                say("a number is needed"),
                where=OptionPlace("--value"),
                advice=say("give the one you saw"),
            )
        return int(value)
    if fact.kind is FactKind.FLAG:
        state = fact.reduce(value)
        if not value.strip() or state not in {TRUE, FALSE}:
            raise InputError(
                say("a check mark is needed"),
                where=OptionPlace("--value"),
                advice=say("give on or off"),
            )
        return state == TRUE
    return value
