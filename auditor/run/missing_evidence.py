"""What controls needed and nobody could read: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from auditor.facts import Fact, Scope, known_facts
from auditor.facts.missing import advice, name_of, why_missing
from auditor.messages.message import Message, say, together
from auditor.model.result import Observation, Subject
from auditor.model.rule import RuleDocument
from auditor.model.snapshot import Gap, Snapshot
from auditor.model.vocabulary import Area, Coverage, Verdict

_REASONS: Final = 3
_NO_TLS: Final = Gap(
    Area.TLS,
    say("the evidence holds no TLS handshake: one is made only when a PBX is read over https://"),
    advice=say("audit the PBX by its https:// address"),
)
_IN_PART: Final = say("the area was read in part")
_NOT_AT_ALL: Final = say("the area was read not at all")


class MissingEvidence:
    """What controls needed and could not read; what many of them need is put into words once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: dict[str, Observation] = {}

    def by(
        self, rule: RuleDocument, also_needed: Sequence[str], judged: Iterable[Observation]
    ) -> Iterator[Observation]:
        """Yield what the control needed and could not read; so no check can pass without it.

        What a check says itself of a fact that is missing is not said again.
        """
        complete = {*rule.complete, *also_needed}
        told = {one.subject.id for one in judged if one.verdict is Verdict.UNDETERMINED}
        for area in dict.fromkeys([*rule.facts, *rule.complete, *also_needed]):
            coverage = self._snapshot.coverage(area)
            if coverage is Coverage.COMPLETE:
                continue
            if coverage is Coverage.PARTIAL and area not in complete:
                continue
            if coverage is Coverage.MISSING and area in told and area in known_facts():
                continue
            yield self._of(area, coverage)

    def _of(self, area: str, coverage: Coverage) -> Observation:
        if area not in self._known:
            self._known[area] = self._made(area, coverage)
        return self._known[area]

    def _made(self, area: str, coverage: Coverage) -> Observation:
        gaps = self._snapshot.gaps_behind(area) or _unnamed(self._snapshot, area)
        fact = known_facts().get(area)
        if fact is not None and len(gaps) == 1 and gaps[0] is _shown_by_nothing(fact):
            return _seen_nowhere(fact)
        return _unread(area, _reason(gaps, coverage))


def name_missing_facts(snapshot: Snapshot, rules: Iterable[RuleDocument]) -> Snapshot:
    """Return the snapshot with a gap for each fact, or look at TLS, that a control needs.

    What only a person can know is no gap: the control is manual, and says so itself.
    """
    needed = dict.fromkeys(name for rule in rules for name in (*rule.facts, *rule.complete))
    named = {gap.area for gap in snapshot.gaps}
    found = [
        _missing_fact(snapshot, name)
        for name in needed
        if name not in named and not _is_of_people(name)
    ]
    return replace(snapshot, gaps=(*snapshot.gaps, *(gap for gap in found if gap is not None)))


def _is_of_people(name: str) -> bool:
    fact = known_facts().get(name)
    return fact is not None and fact.scope is Scope.PEOPLE


def _missing_fact(snapshot: Snapshot, name: str) -> Gap | None:
    """Return why a fact, or a look at TLS, is missing; None if it is there, or is another area."""
    fact = known_facts().get(name)
    if snapshot.coverage(name) is not Coverage.MISSING:
        return None
    if fact is None:
        return _NO_TLS if name == Area.TLS else None
    if not _is_of_people(name):
        unread = snapshot.gaps_in(Area.SETTINGS)
        if unread and name not in snapshot.settings:
            reason = together(why_missing(fact), unread[0].reason)
            return Gap(name, reason, unread[0].source, advice=advice(fact))
    return _shown_by_nothing(fact)


@lru_cache(maxsize=1024)
def _shown_by_nothing(fact: Fact) -> Gap:
    """Return why nothing shows a fact, which a process says of many PBXs in the same words."""
    return Gap(fact.name, why_missing(fact), advice=advice(fact))


@lru_cache(maxsize=1024)
def _seen_nowhere(fact: Fact) -> Observation:
    """Return that nothing shows a fact, which is the same of many PBXs, too."""
    return _unread(fact.name, _reason((_shown_by_nothing(fact),), Coverage.MISSING))


def _unread(area: str, reason: Message) -> Observation:
    subject = Subject("area", str(area), name_of(area))
    return Observation(subject, Verdict.UNDETERMINED, reason, "coverage")


def _unnamed(snapshot: Snapshot, area: str) -> tuple[Gap, ...]:
    """Return what is missing of an area that has no gap, as of a fact that only a person knows."""
    missing = _missing_fact(snapshot, area)
    return () if missing is None else (missing,)


def _reason(gaps: Sequence[Gap], coverage: Coverage) -> Message:
    if not gaps:
        return _IN_PART if coverage is Coverage.PARTIAL else _NOT_AT_ALL
    reasons = together(*(gap.reason for gap in gaps[:_REASONS]))
    if not gaps[0].advice:
        return say("{reasons}.", reasons=reasons)
    return say("{reasons}. What to do: {advice}.", reasons=reasons, advice=gaps[0].advice)
