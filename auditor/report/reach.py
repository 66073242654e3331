"""What a phone can reach that nobody is logged in to, as the documents of controls say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from auditor.messages.both import Both
from auditor.messages.message import say
from auditor.model.rule import RuleDocument
from auditor.report.schema import v1
from auditor.report.schema.v1reach import Reach, ReachWords

_NOT_PROVEN: Final = say("are not proven")
_STATES: Final = {"violated": "bad", "undetermined": "open", "compliant": "good"}
_OTHER: Final = {"blocked": "reachable", "reachable": "blocked"}
_NOTHING: Final = ReachWords("", "", "")


class DialableNumber(NamedTuple):
    """Something that can be dialled from a phone nobody is logged in to, or not.

    `state` is `good`, `bad` or `open`, and `way` is `blocked`, `reachable` or `open`; `result` is
    the control that says so.
    """

    name: str
    state: str
    way: str
    answer: str
    detail: str
    result: v1.Result


def reach_of(rules: Iterable[RuleDocument]) -> list[Reach]:
    """Return what controls say about reach, in their order."""
    return [
        Reach(
            rule.reach.name,
            rule.reach.compliant,
            rule.reach.violated,
            rule.id,
            rule.reach.wanted,
            {"de": ReachWords(german.name, german.compliant, german.violated)} if german else {},
        )
        for rule in rules
        if rule.reach is not None
        for german in [rule.de.reach]
    ]


def destinations(reach: Iterable[Reach], results: Iterable[v1.Result]) -> list[DialableNumber]:
    """Return what a phone can reach that nobody is logged in to, as far as controls looked."""
    looked = {result.id: result for result in results if result.observations}
    return [_destination(one, looked[one.control]) for one in reach if one.control in looked]


def _destination(reach: Reach, result: v1.Result) -> DialableNumber:
    worst = min(result.observations, key=lambda found: list(_STATES).index(found.verdict))
    german = reach.translations.get("de", _NOTHING)
    answers: dict[str, tuple[str, str]] = {
        "violated": (_OTHER[reach.wanted], Both(reach.violated, german.violated)),
        "compliant": (reach.wanted, Both(reach.compliant, german.compliant)),
    }
    way, answer = answers.get(worst.verdict, ("open", _NOT_PROVEN))
    name = Both(reach.name, german.name)
    return DialableNumber(name, _STATES[worst.verdict], way, answer, worst.detail, result)
