"""Results to the versioned report that every format renders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor import __version__
from auditor.messages.languages import Language
from auditor.messages.message import Message, begun, joined, say
from auditor.model.account import Requests, Tally
from auditor.model.decision import Decision, Thresholds
from auditor.model.result import ControlResult, Evidence, Finding, certain_failures
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Grade, Severity, Status, Verdict
from auditor.report.accepted import accepted_violations, waiver_uses
from auditor.report.gap_impact import gaps_with_costs
from auditor.report.reach import reach_of
from auditor.report.report_texts import names_shown, said_of, values_of
from auditor.report.rule_facts import about_rule
from auditor.report.schema import v1, v1sources
from auditor.report.schema.v1adjustments import Adjustment, DialectFile
from auditor.report.schema.v1branding import Branding
from auditor.report.schema.v1project import ProjectFile
from auditor.report.score import FORMULA, decided, score
from auditor.report.sentences import gather
from auditor.report.verdict import sentence, verdict

if TYPE_CHECKING:
    from auditor.model.waiver import WaiverUse

RULES_VERSION = "1"

# Looked up rather than asked: an enum's value is slow, and there are tens of thousands.
_VERDICTS: Final[Mapping[Verdict, v1.VerdictOfSubject]] = {
    Verdict.COMPLIANT: "compliant",
    Verdict.VIOLATED: "violated",
    Verdict.UNDETERMINED: "undetermined",
}
_GRADES: Final = {grade: grade.value for grade in Grade}


class Locations(NamedTuple):
    """Where a target lies, and the URI of the file of each of its documents, by its name."""

    location: v1sources.Location
    files: Mapping[str, str] = {}


class RunContext(NamedTuple):
    """What is injected, so that the same input gives the same bytes.

    `shown` are the results as the report has them, if they were made before it. `locations` says
    where the target and its documents lie. `project` is the file that options came from; the titles
    say what the profile is to people.
    """

    run_id: str
    started: str
    profile: str
    thresholds: Thresholds
    site_file: str
    target_name: str
    address: str
    rules_digest: str
    minimum_coverage: int = 100
    adjustments: Sequence[Adjustment] = ()
    origins: Mapping[str, str] = {}
    waiver_file: str = ""
    language: Language = "en"
    shown: Sequence[v1.Result] = ()
    profile_id: str = ""
    ended: v1.EndingWord = "complete"
    locations: Locations | None = None
    project: ProjectFile | None = None
    profile_title: str = ""
    profile_title_de: str = ""
    branding: Branding | None = None


def build_report(
    snapshot: Snapshot,
    results: Sequence[ControlResult],
    decision: Decision,
    context: RunContext,
    waivers: Sequence[WaiverUse] = (),
) -> v1.Report:
    """Return the report about one target."""
    changes = [one.change for one in context.adjustments]
    scored = score(results, context.minimum_coverage)
    summary = _summary(results, decision, scored)
    told = [*decision.reasons, scored[1], summary.sentence, *changes]
    said = [*told, *said_of(snapshot, results, waivers)]
    made = gather(said, (context.profile, *names_shown(results)), values_of(snapshot, results))
    return v1.Report(
        schema_version=v1.SCHEMA_VERSION,
        tool=v1.Tool("pbx-auditor", __version__, RULES_VERSION, context.rules_digest),
        run=v1.Run(
            id=context.run_id,
            started=context.started,
            profile=str(context.profile),
            fail_on=context.thresholds.fail_on.value,
            incomplete=context.thresholds.incomplete.value,
            evidence_mode=snapshot.evidence_mode.value,
            dialect=snapshot.dialect,
            site_file=context.site_file,
            adjustments=[replace(one, change=begun(one.change)) for one in context.adjustments],
            waiver_file=context.waiver_file,
            waivers=waiver_uses(waivers),
            language=context.language,
            dialect_file=_dialect_file(snapshot),
            profile_id=context.profile_id,
            ended=context.ended,
            project=context.project,
            profile_title=context.profile_title,
            profile_title_de=context.profile_title_de,
        ),
        target=_target(snapshot, context),
        summary=replace(summary, sentence=str(summary.sentence)),
        results=list(context.shown or shown_results(results, context.origins)),
        gaps=gaps_with_costs(snapshot, results),
        accepted=accepted_violations(results),
        templates=made.templates,
        sentences=made.sentences,
        reach=reach_of(one.rule for one in results),
        branding=context.branding,
    )


def shown_results(results: Iterable[ControlResult], origins: Mapping[str, str]) -> list[v1.Result]:
    """Return results as a report has them; `origins` are folders of documents by control."""
    return [_result(one, origins.get(one.rule.id, "")) for one in results]


def _dialect_file(snapshot: Snapshot) -> DialectFile | None:
    file = snapshot.dialect_file
    return DialectFile(file.path, file.sha256, list(file.replaced)) if file else None


def adjustments(site: Site) -> list[Adjustment]:
    """Return what a site file changes about controls: selection, severity and parameters."""
    changes = []
    for name, choice in site.controls.items():
        words = [say("selected")] * choice.select + [say("left out")] * choice.exclude
        if choice.severity:
            words.append(say("severity {severity}", severity=say(choice.severity.value)))
        changes.append(Adjustment(name, joined("{one}, {other}", words), choice.reason))
    for name, values in site.parameters.items():
        changed = ", ".join(key for key in values if key != "reason")
        reason = str(values.get("reason", ""))
        changes.append(Adjustment(name, say("parameters {names}", names=changed), reason))
    return sorted(changes, key=lambda entry: (entry.control, entry.change))


def _tally(tally: Tally) -> v1sources.Tally:
    irrelevant = {kind.value: count for kind, count in tally.irrelevant.items()}
    places = list(tally.places)
    return v1sources.Tally(
        tally.unit.value, tally.total, tally.used, irrelevant, tally.not_understood, places
    )


def name_of_system(snapshot: Snapshot, stated: str, address: str) -> str:
    """Return what a system is called: as the site file states, else as a box of it is named."""
    names = [stated, *(box.name for box in snapshot.boxes), address]
    return next((name for name in names if name), snapshot.target)


def _target(snapshot: Snapshot, context: RunContext) -> v1.Target:
    boxes = [v1.Box(b.name, b.product, b.firmware, b.serial) for b in snapshot.boxes]
    locations = context.locations
    files = locations.files if locations else {}
    return v1.Target(
        id=snapshot.target,
        name=name_of_system(snapshot, context.target_name, context.address),
        address=context.address,
        firmware=next((box.firmware for box in boxes if box.firmware), ""),
        boxes=boxes,
        sources=[
            v1sources.Source(
                *(s.name, s.kind, s.size, s.sha256, begun(s.note)),
                account=[*map(_tally, s.account)],
                uri=files.get(s.name, ""),
            )
            for s in snapshot.sources
        ],
        objects_read=len(snapshot.objects),
        completeness=[
            v1sources.Proof(area, proof.kind.value, proof.count, proof.source, begun(proof.note))
            for area, proof in sorted(snapshot.proofs.items())
        ],
        requests=_requests(snapshot.requests),
        location=locations.location if locations else None,
    )


def _requests(requests: Requests) -> v1sources.Requests:
    repeated = [
        v1sources.Repeated(one.document, begun(one.reason), one.count, one.answered)
        for one in requests.repeated
    ]
    return v1sources.Requests(requests.sent, repeated)


def _summary(
    results: Sequence[ControlResult], decision: Decision, scored: tuple[int | None, Message]
) -> v1.Summary:
    value, note = scored
    pairs = [(subject, result.rule.id) for result in results for subject in result.either_or]
    either = certain_failures(pairs)
    statuses = Counter(r.status for r in results)
    by_status = {s.value: statuses[s] for s in Status}
    severities = Counter(r.severity for r in results if r.status is Status.FAILED)
    by_severity = {s.value: severities[s] for s in Severity}
    return v1.Summary(
        verdict=verdict(by_status, either),
        sentence=sentence(by_status, by_severity, either),
        exit_code=decision.code.value,
        reasons=list(map(begun, decision.reasons)),
        score=value,
        score_note=begun(note),
        formula=FORMULA,
        coverage=_coverage(results),
        counts=by_status,
        failed_by_severity=by_severity,
    )


def _coverage(results: Sequence[ControlResult]) -> v1.CoverageSummary:
    found = decided(results)
    open_ones = any(r.status in {Status.UNKNOWN, Status.ERROR} for r in results)
    return v1.CoverageSummary(
        found.controls, found.applicable, found.percent, complete=not open_ones
    )


def _result(result: ControlResult, origin: str) -> v1.Result:
    rule = result.rule
    about = about_rule(rule)
    return v1.Result(
        id=rule.id,
        version=rule.version,
        title=rule.title,
        area=rule.area,
        severity=result.severity.value,
        confidence=rule.confidence.value,
        automation=rule.automation.value,
        grade=rule.grade.value,
        origin=origin,
        status=result.status.value,
        reason=begun(result.reason),
        remarks=any(f.observation.remark for f in result.findings),
        expected=rule.expected,
        rationale=rule.rationale,
        subjects_seen=result.subjects_seen,
        observations=[_observation(finding) for finding in result.findings],
        parameters=result.parameters,
        overridden=result.overridden,
        remediation=about.remediation,
        mappings=about.mappings,
        references=about.references,
        translations=about.translations,
        title_failed=rule.title_failed,
        title_unknown=rule.title_unknown,
    )


def _observation(finding: Finding) -> v1.Observation:
    seen = finding.observation
    return v1.Observation(
        str(seen.subject.name),
        seen.subject.kind,
        seen.subject.id,
        _VERDICTS[seen.verdict],
        begun(seen.detail),
        begun(seen.remark) if seen.remark and seen.verdict is Verdict.COMPLIANT else "",
        [_evidence(entry) for entry in seen.evidence],
        finding.fingerprint,
        finding.accepted is not None,
        begun(finding.waiver_note) if finding.waiver_note else "",
        "",  # nothing is left to its default, which takes longer
    )


def _evidence(entry: Evidence) -> v1.Evidence:
    return v1.Evidence(
        str(entry.source),
        entry.line,
        entry.object,
        None if entry.attribute is None else str(entry.attribute),
        None if entry.value is None else str(entry.value),
        None if entry.via is None else str(entry.via),
        _GRADES[entry.grade],
    )
