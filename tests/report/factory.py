"""Reports for the tests: small, realistic, or as large as asked for."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import Literal

from auditor.messages.message import begun, say
from auditor.model.vocabulary import Status
from auditor.report.schema import v1, v1sources
from auditor.report.schema.v1adjustments import Adjustment
from auditor.report.sentences import gather
from auditor.report.terms import said
from auditor.report.verdict import sentence


def make_evidence(**changes):
    evidence = v1.Evidence(
        source="cfg.txt",
        line=214,
        object="hot-desk-base (Hot Desk Base)",
        attribute="filter",
        value="extern",
        via="template Hot Desk Base",
        grade="documented",
    )
    return replace(evidence, **changes)


def make_observation(subject="hot-desk-base (Hot Desk Base)", verdict="violated", **changes):
    observation = v1.Observation(
        subject=subject,
        subject_kind="user",
        subject_id=subject,
        verdict=verdict,
        detail="The effective call filter extern lets 0049 711 0 through",
        remark="",
        evidence=[make_evidence(object=subject)],
        fingerprint=sha256(f"{subject} {verdict}".encode()).hexdigest(),
    )
    return replace(observation, **changes)


ACCEPTED = v1.Accepted(
    rule="HD-16",
    subject="goetz",
    reason="Home office",
    owner="K. Koerner",
    expires="2027-01-31",
    subject_id="9f0c",
    fingerprint="a1" * 32,
    approver="A. Muster",
    ticket="SEC-7",
    created="2026-11-01",
    waiver="waivers.toml:12",
)


def make_waiver(**changes):
    waiver = v1.Waiver(
        rule="HD-03",
        selector="subject",
        value="registrations_without_password",
        state="expired",
        detail="waiver expired on 2026-11-01; 1 violation counts again",
        accepted=0,
        reason="Workshop phones",
        owner="K. Koerner",
        approver="A. Muster",
        ticket="SEC-9",
        created="2026-01-01",
        expires="2026-11-01",
        place="waivers.toml:3",
    )
    return replace(waiver, **changes)


def with_waivers(report, *waivers):
    """Return a report of a run that had waivers."""
    return replace(report, run=replace(report.run, waiver_file="waivers.toml", waivers=[*waivers]))


REMEDIATION = v1.Remediation(
    text="Set the call filter of the template to one that allows internal and emergency calls.",
    ui_path="PBX > Objects > template of the base user > Filter",
    action_class="safe",
    disruption="none",
    verification="Dial an outside number from a phone that nobody is logged in to: it is refused.",
    undo="Set the filter back to the value in the plan.",
    precondition="The filter still has the rows in the report.",
)


def make_result(identifier="HD-05", status="failed", **changes):
    verdict = {"failed": "violated", "waived": "violated", "unknown": "undetermined"}.get(
        status, "compliant"
    )
    observations = changes.pop("observations", [make_observation(verdict=verdict)])
    result = v1.Result(
        id=identifier,
        version=1,
        title="Call filter of the base user allows internal calls only",
        title_failed="The base user can call outside numbers",
        title_unknown="Which numbers the base user can call could not be seen",
        area="hot-desking",
        severity="high",
        confidence="high",
        automation="automatic",
        grade="A",
        origin="",
        status=status,
        reason="",
        remarks=False,
        expected="No number behind a trunk prefix can be dialled, emergency numbers excepted.",
        rationale=(
            "Anyone in the building can lift a phone that nobody is logged in to. If it can dial "
            "outside numbers, calls to premium numbers are made at the company's cost."
        ),
        subjects_seen=len({found.subject_id for found in observations}),
        observations=observations,
        parameters={},
        overridden="",
        remediation=REMEDIATION,
        mappings={"BSI IT-Grundschutz 2023": ["NET.4.1.A8"], "ISO/IEC 27002:2022": ["8.3"]},
        translations={
            "de": v1.Translation(
                title="Der Basisbenutzer kann nur intern und den Notruf anrufen",
                title_failed="Der Basisbenutzer kann nach außen anrufen",
                title_unknown="Welche Nummern der Basisbenutzer anrufen kann, war nicht zu sehen",
                rationale="Wer im Haus ist, kann ein Telefon abheben, an dem niemand ist.",
                expected="Keine Nummer hinter einer Amtskennziffer ist wählbar.",
                remediation="In der Vorlage des Basisbenutzers den Filter intern wählen.",
                nothing_seen="Es gibt keinen Basisbenutzer.",
                ui_path="PBX > Objects > Vorlage des Basisbenutzers > Filter",
                precondition="Der Filter hat noch die Zeilen aus dem Bericht.",
                verification="Eine Nummer außerhalb wird abgewiesen.",
                undo="Den Filter auf den Wert aus dem Plan zurücksetzen.",
            )
        },
        references=[
            v1.Reference(
                title="Step-by-Step Hot Desking",
                page="https://wiki.innovaphone.com/index.php?title=Howto13r3:Step-by-Step_Hot_Desking",
                revision="76104",
            )
        ],
    )
    return replace(result, **changes)


def make_summary(results):
    by_status: dict[str, int] = {}
    by_severity: dict[str, int] = {}
    for result in results:
        by_status[result.status] = by_status.get(result.status, 0) + 1
        if result.status == "failed":
            by_severity[result.severity] = by_severity.get(result.severity, 0) + 1
    counts = dict.fromkeys(map(str, Status), 0) | by_status
    applicable = len(results) - by_status.get("not-applicable", 0)
    assessed = sum(by_status.get(status, 0) for status in ("passed", "failed", "waived"))
    complete = assessed == applicable
    verdict: Literal["compliant", "noncompliant", "incomplete"]
    verdict = "noncompliant" if by_severity else "compliant" if complete else "incomplete"
    told = sentence(counts, by_severity)
    summary = v1.Summary(
        verdict=verdict,
        sentence=str(told),
        exit_code={"compliant": 0, "noncompliant": 1, "incomplete": 4}[verdict],
        reasons=[] if verdict == "compliant" else ["Findings at or above high"],
        score=80 if complete else None,
        score_note="" if complete else begun(WITHHELD),
        formula=2,
        coverage=v1.CoverageSummary(
            assessed, applicable, 100 * assessed / max(applicable, 1), complete
        ),
        counts=by_status,
        failed_by_severity=by_severity,
    )
    return summary, told


WITHHELD = say(
    "withheld: {reason}",
    reason=say("{number} {outcome}", number=1, outcome=said("unknown")),
)


def make_report(*results, **changes):
    summary, told = make_summary(results)
    made = gather([WITHHELD, told], ())
    report = v1.Report(
        schema_version="1.0",
        tool=v1.Tool("pbx-auditor", "0.1.0", "2026.11", "b1" * 32),
        run=v1.Run(
            id="01JD8ZK3M9",
            started="2026-11-22T21:04:09+00:00",
            profile="tutorial",
            fail_on="high",
            incomplete="fail",
            evidence_mode="no-secret",
            dialect="documented",
            site_file="site.toml",
            adjustments=[Adjustment("HD-12", "severity info", "Phones keep nothing here")],
        ),
        target=v1.Target(
            id="0090330000ab",
            name="Beispiel GmbH, Stuttgart",
            address="https://192.0.2.10",
            firmware="13r3",
            boxes=[v1.Box("pbx-stuttgart", "IP6013", "13r3 sr9", "0090330000ab")],
            sources=[v1sources.Source("cfg.txt", "configuration", 48_211, "5e" * 32, "")],
            objects_read=214,
        ),
        summary=summary,
        results=list(results),
        gaps=[],
        accepted=[],
        templates=made.templates,
        sentences=made.sentences,
    )
    return replace(report, **changes)


def make_large_report(observations=20_000, controls=17, distinct=1):
    """Spread observations over controls and verdicts; `distinct` of each 100 details differ."""
    verdicts = ["violated", "undetermined", "compliant"]
    results = []
    for control in range(controls):
        numbers = range(observations // controls)
        found = [
            make_observation(
                subject=f"user{number:05} (Jürgen Müller-Lüdenscheidt {number})",
                verdict=verdicts[number % 3],
                detail=f"Filter extern allows 0049 {number if number % 100 < distinct else 0}",
            )
            for number in numbers
        ]
        results.append(make_result(f"HD-{control + 1:02}", "failed", observations=found))
    return make_report(*results)


def poisoned(value, text, closed, name=""):
    """Return a copy of a report with `text` in every field and key that is not `closed`."""
    if name in closed:
        return value
    if isinstance(value, str):
        return text
    if is_dataclass(value) and not isinstance(value, type):
        changes = {
            f.name: poisoned(getattr(value, f.name), text, closed, f.name) for f in fields(value)
        }
        return replace(value, **changes)
    if isinstance(value, list):
        return [poisoned(item, text, closed) for item in value]
    if isinstance(value, dict):
        # A language is no text that anybody could have chosen.
        named = {key: key if key == "de" else f"{key} {text}" for key in value}
        return {named[key]: poisoned(item, text, closed) for key, item in value.items()}
    return value
