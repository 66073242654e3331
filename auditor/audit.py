"""One target from evidence to decision: the path that every command takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditor.attestations import attest
from auditor.catalogue import Catalogue
from auditor.checks import SCORING_CHECKS
from auditor.engine import name_missing_facts, run_controls
from auditor.errors import InputError
from auditor.gate import Decision, Thresholds, decide
from auditor.model.result import ControlResult
from auditor.model.rule import RuleDocument
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.settings import DEFAULTS, Credentials, LiveOptions
from auditor.sources.files import read_files
from auditor.view import AuditView

_LIVE = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which controls run, and where the result tips over."""

    rules: Sequence[RuleDocument]
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for one target."""

    snapshot: Snapshot
    results: Sequence[ControlResult]
    decision: Decision


def select(
    catalogue: Catalogue, site: Site, profile: str, controls: Sequence[str]
) -> list[RuleDocument]:
    """Return the controls to run, after checking that the site's overrides fit the catalogue."""
    catalogue.check_overrides(site.parameters)
    return catalogue.select(profile, controls)


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


def check_target(target: str, credentials: Credentials) -> None:
    """Raise InputError for what cannot be a target, before any network traffic."""
    if is_live(target):
        from auditor.sources.login import check_address  # noqa: PLC0415 -- no httpx for a file

        check_address(target, credentials)
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
    return read_files(
        Path(target), site, credentials.pbx_password, options, credentials.administrator
    )


def audit(snapshot: Snapshot, site: Site, selection: Selection, today: date) -> Outcome:
    """Return results and decision for a snapshot."""
    attested = attest(snapshot, site.facts, today)
    view = AuditView(attested, site)
    results = run_controls(view, selection.rules, site.parameters)
    named = name_missing_facts(attested, selection.rules)
    return Outcome(named, results, decide(results, selection.thresholds))
