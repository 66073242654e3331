"""One target from evidence to decision: the path that every command takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from auditor.attestations import attest
from auditor.catalogue import Catalogue
from auditor.checks import CHECKS, SCORING_CHECKS, Check
from auditor.dialects import load_dialect
from auditor.engine import Terms, name_missing_facts, run_controls
from auditor.errors import ExitCode, InputError, TargetError, TlsError
from auditor.gate import Decision, Thresholds, decide, strongest
from auditor.messages.message import say
from auditor.model.result import ControlResult
from auditor.model.rule import RuleDocument
from auditor.model.site import Site
from auditor.model.snapshot import Gap, Snapshot, TlsEndpoint
from auditor.model.vocabulary import Area, Coverage, Status
from auditor.model.waiver import Entry, WaiverUse
from auditor.settings import DEFAULTS, Credentials, LiveOptions
from auditor.sources.files import holds_snapshot, read_files
from auditor.stated import against_site
from auditor.view import AuditView
from auditor.waivers import apply_waivers

_LIVE = ("https://", "http://")
_LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Selection:
    """Which controls run, with which checks, how they are weighed, what was accepted of them."""

    rules: Sequence[RuleDocument]
    thresholds: Thresholds
    checks: Mapping[str, Check] = field(default_factory=lambda: CHECKS)
    terms: Terms = field(default_factory=Terms)
    waivers: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for one target."""

    snapshot: Snapshot
    results: Sequence[ControlResult]
    decision: Decision
    site: Site
    waivers: Sequence[WaiverUse] = ()


def select(
    catalogue: Catalogue, site: Site, profile: str, controls: Sequence[str]
) -> list[RuleDocument]:
    """Return the controls to run, after checking that the site's overrides fit the catalogue."""
    catalogue.check_overrides(site.parameters)
    return catalogue.select(profile, controls, site.controls)


def scores_everybody(rules: Iterable[RuleDocument]) -> bool:
    """Return whether controls need more scores than those of base and temporary users."""
    return any(rule.check in SCORING_CHECKS for rule in rules)


def is_live(target: str) -> bool:
    """Return whether a target is the address of a PBX."""
    return target.lower().startswith(_LIVE)


def is_path(target: str) -> bool:
    """Return whether a target is a file or folder that is there."""
    try:
        path = Path(target)
        return target != "" and "://" not in target and (path.is_file() or path.is_dir())
    except (OSError, ValueError):  # too long for a path, or with a NUL
        return False


def is_snapshot(target: str) -> bool:
    """Return whether a target is a saved snapshot, which says itself what it was read with."""
    return not is_live(target) and is_path(target) and holds_snapshot(Path(target))


def check_target(target: str, credentials: Credentials) -> None:
    """Raise InputError for what cannot be a target, before any network traffic."""
    check_form(target)
    if is_live(target):
        from auditor.sources.login import check_address  # noqa: PLC0415 -- no httpx for a file

        check_address(target, credentials)


def check_form(target: str) -> None:
    """Raise InputError for what cannot be a target, before anybody is asked for credentials."""
    if is_live(target):
        from auditor.sources.login import parse_address  # noqa: PLC0415 -- no httpx for a file

        parse_address(target)
    elif not is_path(target):
        raise InputError(
            "there is no such file or folder, and it is not the address of a PBX",
            where="TARGET" if "@" in target else f"{target!r:.200}",  # may hold credentials
            advice="give https://host, a cfg.txt, an object export, a snapshot or a folder",
        )


def read_target(
    target: str, site: Site, credentials: Credentials, options: LiveOptions = DEFAULTS
) -> Snapshot:
    """Return the snapshot of an address, a file or a folder. Raises AuditorError."""
    check_target(target, credentials)
    if is_live(target):
        from auditor.sources.live import read_live  # noqa: PLC0415 -- no httpx for a file

        return read_live(target, site, credentials, options)
    return read_files(Path(target), site, credentials.pbx_password, options, credentials.compared)


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
    if not target.lower().startswith(_LIVE[0]):
        return None
    from auditor.sources.handshake import look_anyway  # noqa: PLC0415 -- no X.509 for a file

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
    return replace(outcome, snapshot=snapshot, results=kept, decision=decision)


def if_stopped(outcome: Outcome) -> Outcome:
    """Return an outcome; one of a reading that somebody stopped says so first of all."""
    code = stopped_with(outcome.snapshot)
    if code is None:
        return outcome
    text = say("{code}: interrupted, so these are partial results", code=code.value)
    if code is ExitCode.TERMINATED:
        text = say("{code}: terminated, so these are partial results", code=code.value)
    return replace(outcome, decision=Decision(code, (text, *outcome.decision.reasons)))


def with_failure(outcome: Outcome, error: TargetError) -> Outcome:
    """Return what an audit came to of a PBX that was not read, with the reason for that first."""
    first = say("{code}: {reason}", code=error.exit_code.value, reason=error.message)
    code = strongest([outcome.decision.code, error.exit_code])
    return replace(outcome, decision=Decision(code, (first, *outcome.decision.reasons)))


def audit(snapshot: Snapshot, site: Site, selection: Selection, today: date) -> Outcome:
    """Return results and decision for a snapshot."""
    attested = against_site(attest(snapshot, site.facts, today), site)
    named = name_missing_facts(attested, selection.rules)
    view = AuditView(named, site, today)
    results = run_controls(
        view, selection.rules, site.parameters, selection.checks, selection.terms
    )
    waived = apply_waivers(results, named, selection.waivers, today)
    decision = decide(waived.results, selection.thresholds)
    return Outcome(named, waived.results, decision, site, waived.uses)
