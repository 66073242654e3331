"""What could not be read, with what it costs: the controls that it leaves open, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from auditor.facts import known_facts
from auditor.messages.message import begun
from auditor.model.result import ControlResult
from auditor.model.rule import ParameterValue
from auditor.model.snapshot import Gap, Snapshot
from auditor.model.vocabulary import Status, Verdict
from auditor.report.schema import v1

# A control that was decided, or has nothing to decide, is not what a gap costs.
_LEFT_OPEN: Final = frozenset({Status.UNKNOWN, Status.MANUAL})
# Subjects that are a fact or an area by themselves.
_TOPICS: Final = frozenset({"area", "setting"})


def gaps_with_costs(snapshot: Snapshot, results: Iterable[ControlResult]) -> list[v1.Gap]:
    """Return what could not be read, each with the controls that it leaves open."""
    controls: dict[str, list[str]] = {}
    for result in results:
        if result.status in _LEFT_OPEN:
            for topic in _rests_on(result, snapshot):
                controls.setdefault(topic, []).append(result.rule.id)
    return [_gap(gap, controls.get(gap.area, [])) for gap in snapshot.gaps]


def _rests_on(result: ControlResult, snapshot: Snapshot) -> Iterable[str]:
    """Return the areas and facts that a control needs, or says to be open, and what those are in.

    What its parameters name may be what it needs as well. A setting without a gap of its own is
    read no better than the area that it is a part of.
    """
    said = (finding.observation for finding in result.findings)
    open_ones = (
        one.subject.id
        for one in said
        if one.verdict is Verdict.UNDETERMINED and one.subject.kind in _TOPICS
    )
    named = (one for value in result.parameters.values() for one in _words(value))
    needed = (*result.rule.facts, *result.rule.complete, *known_facts().keys() & named)
    topics = dict.fromkeys([*needed, *open_ones])
    held = [snapshot.settings[one] for one in topics if one in snapshot.settings]
    within = (one.read_with for one in held if one.read_with is not None)
    return dict.fromkeys([*topics, *within])


def _words(value: ParameterValue) -> Iterable[str]:
    """Return the texts that a parameter holds."""
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else []


def _gap(gap: Gap, controls: list[str]) -> v1.Gap:
    reason, advice = begun(gap.reason), begun(gap.advice)
    return v1.Gap(str(gap.area), reason, gap.source, gap.line or None, advice, controls)
