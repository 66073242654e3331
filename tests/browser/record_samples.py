"""The largest handover that there can be, and an ordinary one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.model.vocabulary import Area
from auditor.report.branding.branding_file import (
    BrandingFile,
    LoadedBranding,
    OpenPoint,
    Party,
    recorded,
)
from auditor.report.branding.logos import data_url
from auditor.report.formats import json as report_json
from auditor.report.handover import record_page
from auditor.report.schema import v1
from auditor.rules.catalogue import load_catalogue
from tests.report.factory import ACCEPTED, make_report, make_result

WORDS = "Telefonanlagenverwaltungsgesellschaft für Rettungsdienstleitstellen mbH & Co. KG "
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30">'
    b'<rect width="90" height="30" fill="#0a4f9e"/></svg>'
)
RULES = list(load_catalogue().rules.values())
_TITLES = ("title", "title_failed", "title_unknown")


def result_of(rule, status, name=""):
    """Return a result with the titles that its control has."""
    german = v1.Translation("", "", "", "")
    german = replace(german, **{one: getattr(rule.de, one) for one in _TITLES})
    told = {one: getattr(rule, one) for one in _TITLES}
    return make_result(
        name or rule.id,
        status,
        area=rule.area,
        severity=rule.severity.value,
        translations={"de": german},
        **told,
    )


def handover(report, language):
    run = replace(
        report.run,
        language=language,
        profile="handover",
        profile_id="handover",
        profile_title="Everything that a partner hands over",
        profile_title_de="Alles, was ein Partner übergibt",
    )
    return replace(report, run=run)


def page_of(report):
    """Return the record of a report as it is if everything has room."""
    contents = record_page.contents(report)
    return record_page.render(report, report_json.render(report), contents.told(contents.steps))


def ordinary(language="de"):
    statuses = ["failed", "unknown", "manual", "passed", "passed"]
    results = [result_of(rule, statuses[n % 5]) for n, rule in enumerate(RULES)]
    gaps = [v1.Gap("tls", "Not documented", "cfg.txt", 3, "Learn it", [])]
    return handover(make_report(*results, gaps=gaps, accepted=[ACCEPTED]), language)


def largest(language="de", text=WORDS):
    """Return a handover with more of everything than a record has room for."""
    results = [result_of(rule, "failed") for rule in RULES]
    for status in ("unknown", "manual"):
        results += [
            replace(result_of(rule, status, f"EIGENE-RICHTLINIE-{status}-{n:03}"), title=text)
            for n, rule in enumerate(RULES)
        ]
    areas = [*map(str, Area), *(f"own_setting_{n}" for n in range(60))]
    gaps = [v1.Gap(area, f"{n} {text * 3}", "a", n, "", []) for n, area in enumerate(areas[:60])]
    accepted = [
        replace(
            ACCEPTED,
            rule=rule.id,
            subject=text,
            reason=text * 3,
            owner=text,
            approver=text,
            expires=f"2027-{1 + n % 12:02}-11",
        )
        for n, rule in enumerate(RULES[:50])
    ]
    target = replace(make_report().target, name=text * 2)
    report = make_report(*results, gaps=gaps, accepted=accepted, target=target)
    party = Party(name=text.strip(), contact=text.strip(), address=(text * 2)[:200].strip())
    file = BrandingFile(
        partner=party,
        customer=party,
        site=text,
        project=text,
        disclaimer=(text * 30)[:2_000],
        open_points={
            rule.id: OpenPoint(owner=text[:199], due=date(2026, 12, 4), note=text[:199])
            for rule in RULES
        },
    )
    logo = data_url(SVG)
    branding = recorded(LoadedBranding(file, logo, logo))
    return handover(replace(report, branding=branding), language)
