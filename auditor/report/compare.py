"""What changed between two audits of one system, violation by violation.

A violation counts as fixed only if the later run looked, with the same version and parameters of
the control, and decided. Everything else is *not comparable*, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Literal

from auditor.errors import ExitCode
from auditor.messages.message import NOTHING, Message, say
from auditor.messages.titles import titled
from auditor.report.flat_findings import rows_of
from auditor.report.schema import v1
from auditor.report.terms import said
from auditor.values.frozen import frozen

BASELINE_VERSION: Final = "1.0"
_RANK: Final = {"critical": 4, "high": 3, "medium": 2, "low": 1, "info": 0}
_UNDECIDED: Final = frozenset({"unknown", "error", "manual"})


@frozen
class KnownViolation:
    """A violation that an earlier run found."""

    fingerprint: str
    subject: str
    detail: str
    waived: bool


@frozen
class EarlierControl:
    """A control as an earlier run decided it. `undecided` lists subjects it could not decide."""

    id: str
    version: int
    title: str
    severity: str
    status: v1.StatusWord
    parameters: Mapping[str, v1.Scalar | list[str]]
    undecided: list[str]
    violations: list[KnownViolation]
    title_failed: str = ""
    title_unknown: str = ""


@frozen
class Baseline:
    """What later runs are compared with. It holds violations, so keep it like a report."""

    baseline_version: Literal["1.0"]
    target_id: str
    target_name: str
    run_id: str
    started: str
    controls: list[EarlierControl]


class ViolationChange(StrEnum):
    """What became of a violation."""

    NEW = "new"
    FIXED = "fixed"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    NOT_COMPARABLE = "not-comparable"


@frozen
class DriftEntry:
    """One violation. `open` says that the later run has it and that nobody accepted it there.

    `title` says what is wrong, of a fixed one too: other subjects may still violate the control.
    """

    change: ViolationChange
    rule: str
    title: str
    severity: str
    subject: str
    fingerprint: str
    detail: str
    note: Message
    open: bool

    @property
    def is_worse(self) -> bool:
        """Return whether it is new, or counts more than before."""
        return self.change is ViolationChange.NEW or (
            self.change is ViolationChange.CHANGED and bool(self.note)
        )

    @property
    def tolerated(self) -> bool:
        """Return whether the earlier run knew the violation as it is now."""
        return self.change in {ViolationChange.UNCHANGED, ViolationChange.CHANGED} and not self.note


@frozen
class Comparison:
    """All violations of both runs, and why the runs as such cannot be compared, if so.

    `earlier_run` is the id of the run that was compared with.
    """

    entries: list[DriftEntry]
    reason: Message
    earlier_run: str

    @property
    def code(self) -> ExitCode:
        """Return the exit code: whether something is worse, or could be."""
        if any(entry.open and entry.is_worse for entry in self.entries):
            return ExitCode.FINDINGS
        unsure = self.reason or self.of(ViolationChange.NOT_COMPARABLE)
        return ExitCode.INCOMPLETE if unsure else ExitCode.OK

    def of(self, change: ViolationChange) -> list[DriftEntry]:
        """Return the violations that this became of."""
        return [entry for entry in self.entries if entry.change is change]


def baseline_of(report: v1.Report) -> Baseline:
    """Return what later runs need to know of a report."""
    return Baseline(
        "1.0",
        report.target.id,
        report.target.name,
        report.run.id,
        report.run.started,
        [_known(result) for result in report.results],
    )


def compare(old: Baseline, new: v1.Report) -> Comparison:
    """Return what became of each violation, in the order of the controls."""
    return compare_results(old, new.target.id, new.results)


def compare_results(old: Baseline, target_id: str, results: Iterable[v1.Result]) -> Comparison:
    """Return what became of each violation by the results of a run that has no report yet."""
    reason = NOTHING
    if old.target_id != target_id:
        reason = say("the runs are about {one} and {other}", one=old.target_id, other=target_id)
    before = {control.id: control for control in old.controls}
    after = {control.id: control for control in map(_known, results)}
    entries = [
        entry
        for identifier in dict.fromkeys([*before, *after])
        for entry in _control(before.get(identifier), after.get(identifier), reason)
    ]
    return Comparison(entries, reason, old.run_id)


def tolerated(comparison: Comparison) -> frozenset[str]:
    """Return the fingerprints of violations that the baseline accepts as they are."""
    return frozenset(entry.fingerprint for entry in comparison.entries if entry.tolerated)


def _known(result: v1.Result) -> EarlierControl:
    found = list(rows_of(result))
    undecided = [row for row in found if row.outcome in _UNDECIDED]
    return EarlierControl(
        result.id,
        result.version,
        result.title,
        result.severity,
        result.status,
        result.parameters,
        [row.fingerprint for row in undecided],
        [
            KnownViolation(row.fingerprint, row.subject, row.detail, row.outcome == "waived")
            for row in found
            if row.outcome in {"failed", "waived"}
        ],
        result.title_failed,
        result.title_unknown,
    )


def _control(
    old: EarlierControl | None, new: EarlierControl | None, reason: Message
) -> list[DriftEntry]:
    control = new or old
    if control is None:
        return []
    before = {seen.fingerprint: seen for seen in old.violations} if old else {}
    after = {seen.fingerprint: seen for seen in new.violations} if new else {}
    entries = []
    for fingerprint in dict.fromkeys([*after, *before]):
        then, now = before.get(fingerprint), after.get(fingerprint)
        if reason or old is None or new is None or old.version != new.version:
            change, note = ViolationChange.NOT_COMPARABLE, reason or _unlike(old, new)
        elif then and now:
            change, note = _of_both(then, now, old, new)
        else:
            change, note = _of_one(fingerprint, old, new, gone=now is None)
        seen = now or then
        if seen is not None:
            entries.append(
                _entry(control, seen, change, note, open_now=bool(now) and not seen.waived)
            )
    return entries


def _entry(
    control: EarlierControl,
    seen: KnownViolation,
    change: ViolationChange,
    note: Message,
    *,
    open_now: bool,
) -> DriftEntry:
    return DriftEntry(
        change,
        control.id,
        str(titled(control, "failed")),
        control.severity,
        seen.subject,
        seen.fingerprint,
        seen.detail,
        note,
        open_now,
    )


def _unlike(old: EarlierControl | None, new: EarlierControl | None) -> Message:
    """Return why nothing of a control can be compared."""
    if old is None:
        return say("the earlier run did not have the control")
    if new is None:
        return say("the later run did not have the control")
    return say(
        "the control has version {new}, it had {old}", new=str(new.version), old=str(old.version)
    )


def _of_both(
    then: KnownViolation, now: KnownViolation, old: EarlierControl, new: EarlierControl
) -> tuple[ViolationChange, Message]:
    """Return what changed about a violation of both runs; a note if it counts more than before."""
    if then.waived and not now.waived:
        return ViolationChange.CHANGED, say("it was accepted, and is not any more")
    if _RANK.get(new.severity, 0) > _RANK.get(old.severity, 0):
        return ViolationChange.CHANGED, say(
            "it is {new}, it was {old}", new=said(new.severity), old=said(old.severity)
        )
    same = (then.detail, then.waived, old.severity) == (now.detail, now.waived, new.severity)
    return (ViolationChange.UNCHANGED if same else ViolationChange.CHANGED), NOTHING


def _of_one(
    fingerprint: str, old: EarlierControl, new: EarlierControl, *, gone: bool
) -> tuple[ViolationChange, Message]:
    """Return whether a violation of one run only is fixed or new, as far as the other decided."""
    other = new if gone else old
    if fingerprint in other.undecided:
        return ViolationChange.NOT_COMPARABLE, (
            say("the later run could not decide it")
            if gone
            else say("the earlier run could not decide it")
        )
    if gone and other.status == "not-applicable":
        return ViolationChange.NOT_COMPARABLE, say("the control does not apply any more")
    if other.undecided:
        return ViolationChange.NOT_COMPARABLE, (
            say("the later run did not see the control whole")
            if gone
            else say("the earlier run did not see the control whole")
        )
    if old.parameters != new.parameters:
        return ViolationChange.NOT_COMPARABLE, say("the parameters of the control are others")
    return (ViolationChange.FIXED if gone else ViolationChange.NEW), NOTHING
