"""What an audit changed in the history of a PBX, each change with its one main cause.

A cause is never guessed. What the history knows is compared with the old snapshot judged again,
with one thing after the other as it is now: rules, site, day. Where that makes the difference, it
is the cause; what remains comes from what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeAlias, TypeVar

from auditor.fleet.drift.finding_states import Standings
from auditor.fleet.history_model import (
    Cause,
    FindingSeen,
    Judgement,
    Known,
    KnownFinding,
    RecordedChange,
    Standing,
)
from auditor.model.vocabulary import Severity, Status

_Value = TypeVar("_Value")
_Finding: TypeAlias = FindingSeen | KnownFinding
# Of several causes of a change the first is the main one.
_OPEN: Final = frozenset({Status.UNKNOWN, Status.ERROR, Standing.UNDECIDED})
_ORDER: Final = (Cause.FIRST, Cause.RULES, Cause.SITE, Cause.TIME, Cause.VIEW, Cause.PBX)


class RejudgeStep(NamedTuple):
    """The old snapshot judged again, with one thing more as it is now."""

    cause: Cause
    judgement: Judgement


class Read(NamedTuple):
    """How something stands by two readings.

    `was_open` says that nothing was decided about it before, `is_open` that it is undecided now,
    `fails` that it is violated now, `is_common` that both readings are without what only one of
    them could see.
    """

    was_open: bool
    is_open: bool
    fails: bool
    is_common: bool


class JudgesAgain(Protocol):
    """Judges the old snapshot again, when it is asked to."""

    def steps(self) -> Sequence[RejudgeStep]:
        """Return what the old snapshot comes to, one thing after the other as it is now."""

    def evidence(self, needs: Sequence[str], reading: Read) -> Cause:
        """Return why what was read makes a difference to a control: site, rules, view or PBX."""


class _Control(NamedTuple):
    """What is compared of a control."""

    status: Status
    severity: Severity


def changes_between(known: Known, now: Judgement, again: JudgesAgain) -> tuple[RecordedChange, ...]:
    """Return what an audit changed; nothing is judged again if nothing did."""
    return tuple(_Drift(known, now, again).changes())


class _Drift:
    """One audit beside what is known."""

    def __init__(self, known: Known, now: Judgement, again: JudgesAgain) -> None:
        self._known = known
        self._now = Standings(now)
        self._again = again
        self._made: Sequence[tuple[Cause, Standings]] | None = None

    def changes(self) -> Iterator[RecordedChange]:
        """Yield the changes of controls, then those of findings."""
        yield from self._of_controls()
        yield from self._of_findings()

    def _of_controls(self) -> Iterator[RecordedChange]:
        for name in sorted({*self._known.controls, *self._now.controls}):
            old = self._known.controls.get(name)
            before = _Control(old.status, old.severity) if old is not None else None
            after = _control(name, self._now)
            if before == after:
                continue
            cause, *also = self._causes(name, before, partial(_control, name))
            left = after or before
            yield RecordedChange(
                name,
                before.status if before else None,
                after.status if after else Standing.NOT_ASKED,
                cause,
                severity=left.severity if left else Severity.INFO,
                also=tuple(also),
                weighed=before.severity if before else None,
            )

    def _of_findings(self) -> Iterator[RecordedChange]:
        known = self._known.findings
        for key in sorted({*known, *self._now.findings}):
            old, new = known.get(key), self._now.findings.get(key)
            before = old.standing if old is not None else None
            after = _standing(key, old, self._now)
            seen = new or old
            if after is None or before == after or seen is None:
                continue
            causes = self._causes(seen.control, before, partial(_standing, key, old), seen)
            cause, *also = _in_order([*causes, *self._why_asked(seen.control)])
            yield RecordedChange(
                seen.control,
                before,
                after,
                cause,
                key,
                seen.subject,
                seen.property,
                self._severity(seen),
                tuple(also),
            )

    def _severity(self, seen: _Finding) -> Severity:
        now, known = self._now.controls.get(seen.control), self._known.controls.get(seen.control)
        found = now or known
        return found.severity if found is not None else Severity.INFO

    def _causes(
        self,
        control: str,
        before: _Value,
        value: Callable[[Standings], _Value],
        finding: _Finding | None = None,
    ) -> list[Cause]:
        """Return why a control, or a finding, has another value than before, the main one first."""
        if self._is_first:
            return [Cause.FIRST]
        causes: list[Cause] = []
        last, decided = before, True
        for cause, standings in (*self._steps(), (None, self._now)):
            here = value(standings)
            if here == last:
                pass
            elif cause in {Cause.PBX, None}:
                was_open = _is_open(last) or not decided
                reading = Read(was_open, _is_open(here), _fails(here), cause is not None)
                causes.append(self._again.evidence(self._needs(control), reading))
            else:
                causes.append(cause)
            last = here
            decided = here is not None or finding is None or standings.looked_at(finding)
        return _in_order(causes)

    def _why_asked(self, control: str) -> list[Cause]:
        """Return why a control runs that did not before: whatever it finds, it finds for that."""
        if self._is_first or control in self._known.controls or control not in self._now.controls:
            return []
        return self._causes(control, None, partial(_control, control))[:1]

    @property
    def _is_first(self) -> bool:
        return self._known.basis is None and not self._known.controls

    def _needs(self, control: str) -> Sequence[str]:
        steps = self._steps()
        for standings in (self._now, *(one for _, one in reversed(steps))):
            seen = standings.controls.get(control)
            if seen is not None:
                return seen.needs
        return ()

    def _steps(self) -> Sequence[tuple[Cause, Standings]]:
        if self._made is None:
            made = self._again.steps()
            self._made = [(cause, Standings(judgement)) for cause, judgement in made]
        return self._made


def _in_order(causes: Iterable[Cause]) -> list[Cause]:
    """Return causes, each once, the main one first."""
    return sorted(set(causes), key=_ORDER.index)


def _is_open(value: object) -> bool:
    """Return whether a control or a finding is undecided."""
    return _stands(value) in _OPEN


def _fails(value: object) -> bool:
    """Return whether a control or a finding is violated, and nobody accepted it."""
    return _stands(value) in {Status.FAILED, Standing.FAILED}


def _stands(value: object) -> object:
    return value.status if isinstance(value, _Control) else value


def _control(name: str, by: Standings) -> _Control | None:
    seen = by.controls.get(name)
    return _Control(seen.status, seen.severity) if seen is not None else None


def _standing(key: str, known: KnownFinding | None, by: Standings) -> Standing | None:
    """Return how a finding stands by a judgement; None if it is not known by it."""
    if known is not None:
        return by.of(known)
    found = by.findings.get(key)
    return found.standing if found is not None else None
