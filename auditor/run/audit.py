"""One snapshot from evidence to decision: attested facts, controls, waivers, gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from auditor.checks import CHECKS, SCORING_CHECKS, Check
from auditor.model.decision import Decision, Thresholds
from auditor.model.result import ControlResult
from auditor.model.rule import RuleDocument
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.pbx.view import AuditView
from auditor.rules.catalogue import Catalogue
from auditor.run.engine import AS_WRITTEN, AssessmentTerms, run_controls
from auditor.run.gate import decide
from auditor.run.missing_evidence import name_missing_facts
from auditor.site.attestations import attest
from auditor.site.stated_objects import against_site

if TYPE_CHECKING:
    from auditor.model.waiver import WaiverEntry, WaiverUse


class Selection(NamedTuple):
    """Which controls run, with which checks, how they are weighed, what was accepted of them."""

    rules: Sequence[RuleDocument]
    thresholds: Thresholds
    checks: Mapping[str, Check] = CHECKS
    terms: AssessmentTerms = AS_WRITTEN
    waivers: Sequence[WaiverEntry] = ()


class Outcome(NamedTuple):
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


def audit(snapshot: Snapshot, site: Site, selection: Selection, today: date) -> Outcome:
    """Return results and decision for a snapshot."""
    stated = attest(snapshot, site.facts, today, selection.terms.refused_grades)
    attested = against_site(stated, site)
    named = name_missing_facts(attested, selection.rules)
    view = AuditView(named, site, today)
    results = run_controls(
        view, selection.rules, site.parameters, selection.checks, selection.terms
    )
    uses: Sequence[WaiverUse] = ()
    if selection.waivers:
        from auditor.waivers.apply import apply_waivers  # noqa: PLC0415 -- few audits have any

        results, uses = apply_waivers(results, named, selection.waivers, today)
    return Outcome(named, results, decide(results, selection.thresholds), site, uses)
