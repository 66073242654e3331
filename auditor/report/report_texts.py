"""All that a report says, names and shows, in the order in which languages are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.model.result import ControlResult
from auditor.model.snapshot import Snapshot
from auditor.model.waiver import WaiverUse


def said_of(
    snapshot: Snapshot, results: Iterable[ControlResult], waivers: Iterable[WaiverUse]
) -> Iterator[str]:
    """Yield what the report says in sentences about controls, subjects, gaps and waivers."""
    yield from _of_controls(results)
    for gap in snapshot.gaps:
        yield gap.reason
        yield gap.advice
    for source in snapshot.sources:
        yield source.note
    for proof in snapshot.proofs.values():
        yield proof.note
    for repeated in snapshot.requests.repeated:
        yield repeated.reason
    for use in waivers:
        yield use.detail


def _of_controls(results: Iterable[ControlResult]) -> Iterator[str]:
    """Yield what the report says about controls and subjects."""
    for result in results:
        yield result.reason
        for finding in result.findings:
            yield finding.observation.detail
            yield finding.observation.remark
            yield finding.waiver_note


def values_of(snapshot: Snapshot, results: Iterable[ControlResult]) -> Iterator[str]:
    """Yield which pages the report names, what was seen and stated, and where."""
    for proof in snapshot.proofs.values():
        yield proof.source
    for result in results:
        yield result.overridden
        for reference in result.rule.references:
            yield reference.title
            yield reference.revision
        for finding in result.findings:
            for entry in finding.observation.evidence:
                yield entry.value or ""


def names_shown(results: Iterable[ControlResult]) -> Iterator[str]:
    """Yield the names of all subjects, and where each piece of evidence was found."""
    for seen in (finding.observation for one in results for finding in one.findings):
        yield seen.subject.name
        for entry in seen.evidence:
            yield entry.source
            if entry.attribute:
                yield entry.attribute
            if entry.via:
                yield entry.via
