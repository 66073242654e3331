"""Readings that did not come to their end: a PBX that was not reached, or a person who stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from auditor.dialects import load_dialect
from auditor.errors import ExitCode, TargetError, TlsError
from auditor.messages.message import say
from auditor.model.decision import Decision, Thresholds
from auditor.model.site import Site
from auditor.model.snapshot import Gap, Snapshot, TlsEndpoint
from auditor.model.vocabulary import Area, Coverage, Status
from auditor.run.audit import Outcome
from auditor.run.gate import decide, strongest
from auditor.run.target import has_tls

_LOOK_SECONDS: Final = 10.0


def stopped_with(snapshot: Snapshot) -> ExitCode | None:
    """Return the exit code of whoever stopped the reading; None if it came to its end."""
    return {"interrupted": ExitCode.INTERRUPTED, "terminated": ExitCode.TERMINATED}.get(
        snapshot.ended_early
    )


def unreached(
    target: str, site: Site, error: TargetError, seconds: float = _LOOK_SECONDS
) -> Snapshot:
    """Return a snapshot without what could not be read; a refused certificate is seen all the same.

    A PBX whose TLS or certificate was refused did show it, so that is judged, after a look of at
    most so many seconds.
    """
    dialect = load_dialect(site.target.dialect)
    looks = isinstance(error, TlsError) and seconds > 0
    endpoint = _seen_tls(target, site, min(seconds, _LOOK_SECONDS)) if looks else None
    missing = [area for area in Area if area is not Area.TLS or endpoint is None]
    return Snapshot(
        "unidentified",
        tls=(endpoint,) if endpoint else (),
        areas={Area.TLS: Coverage.COMPLETE} if endpoint else {},
        gaps=tuple(Gap(area, error.message, error.where, advice=error.advice) for area in missing),
        dialect=dialect.name,
        dialect_file=dialect.file,
    )


def _seen_tls(target: str, site: Site, seconds: float) -> TlsEndpoint | None:
    if not has_tls(target):
        return None
    from auditor.sources.live.handshake import look_anyway  # noqa: PLC0415 -- no X.509 for a file

    return look_anyway(target, site.tls, seconds)


def only_seen(outcome: Outcome, thresholds: Thresholds) -> Outcome:
    """Return what an unread PBX was seen to do wrong, and why it could not be read, once.

    What passes, perhaps because a person attested it, would look like the verdict about a PBX.
    """
    kept = [
        one
        for one in outcome.results
        if one.status is Status.FAILED and outcome.snapshot.tls and Area.TLS in one.rule.facts
    ]
    decision = decide(kept, thresholds) if kept else Decision(ExitCode.OK, ())
    snapshot = replace(outcome.snapshot, gaps=outcome.snapshot.gaps[:1])
    return outcome._replace(snapshot=snapshot, results=kept, decision=decision)


def if_stopped(outcome: Outcome) -> Outcome:
    """Return an outcome; one of a reading that somebody stopped says so first of all."""
    code = stopped_with(outcome.snapshot)
    if code is None:
        return outcome
    text = say("{code}: interrupted, so these are partial results", code=code.value)
    if code is ExitCode.TERMINATED:
        text = say("{code}: terminated, so these are partial results", code=code.value)
    return outcome._replace(decision=Decision(code, (text, *outcome.decision.reasons)))


def with_failure(outcome: Outcome, error: TargetError) -> Outcome:
    """Return what an audit came to of a PBX that was not read, with the reason for that first."""
    first = say("{code}: {reason}", code=error.exit_code.value, reason=error.message)
    code = strongest([outcome.decision.code, error.exit_code])
    return outcome._replace(decision=Decision(code, (first, *outcome.decision.reasons)))
