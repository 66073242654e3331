"""The handover: open points with owner and date, credentials without values, and an acceptance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from auditor.errors import BrandingError
from auditor.report import acceptance
from auditor.report.branding.branding_file import (
    BrandingFile,
    Colours,
    LoadedBranding,
    OpenPoint,
    Party,
    of_report,
    recorded,
)
from auditor.report.branding.logos import data_url
from auditor.report.formats import json as report_json
from auditor.report.formats.saved_reports import load_report
from auditor.report.html import html_page
from tests.report.factory import ACCEPTED, make_report, make_result
from tests.report.test_branding import SVG, png
from tests.report.test_html import Document, digest_of

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e"
LOGO = data_url(png())
STATUSES = ["failed", "unknown", "error", "manual", "passed", "waived", "not-applicable"]


def a_branding(**changes):
    file = BrandingFile(
        partner=Party(name="Netzhaus", contact="K. Koerner"),
        customer=Party(name="Beispiel AG"),
        colours=Colours(accent="#0a4f9e", accent_dark="#8dbbf2"),
        disclaimer="State of that day.",
        open_points={"HD-05": OpenPoint(owner="K. Koerner", due=date(2026, 12, 4))},
    )
    return LoadedBranding(file.model_copy(update=changes), LOGO)


def branded(report, branding=None):
    return replace(report, branding=recorded(branding or a_branding()))


def a_report(profile="handover", **changes):
    report = make_report(make_result(), make_result("HD-04", "passed"), **changes)
    return replace(report, run=replace(report.run, profile=profile))


@pytest.mark.parametrize("profile", ["handover", "handover, 3 of 40 controls"])
def test_a_handover_has_open_points_credentials_and_acceptance(profile):
    report = a_report(profile)
    run = replace(report.run, profile_id="handover")
    source = html_page.render(replace(report, run=run))
    for place in ('id="open"', 'id="credentials"', 'id="acceptance"'):
        assert place in source
    assert "For the customer" in Document(source).text
    assert "Übergabeprotokoll" in source


def test_other_profiles_have_none():
    assert 'id="acceptance"' not in html_page.render(a_report("baseline"))


@pytest.mark.parametrize(
    ("profile", "details", "short"),
    [
        ("handover", None, True),
        ("handover", "all", False),
        ("baseline", None, False),
        ("baseline", "open", True),
    ],
)
def test_a_handover_is_printed_short_unless_somebody_wants_all(profile, details, short):
    source = html_page.render(a_report(profile), printed=details)
    assert ('<body class="short">' in source) is short
    said = "leaves out the details of 1 control that is settled" in Document(source).text
    assert said is short


def test_details_that_are_not_printed_are_in_the_page_all_the_same():
    results = [make_result(f"HD-{n:02}", status) for n, status in enumerate(STATUSES)]
    report = make_report(*results)
    source = html_page.render(replace(report, run=replace(report.run, profile="handover")))
    folds = [a for a in Document(source).named("details") if "control" in a["class"].split()]
    settled = {a["data-status"] for a in folds if "settled" in a["class"].split()}
    assert {a["data-status"] for a in folds} == set(STATUSES)
    assert settled == {"passed", "manual", "not-applicable"}


def test_every_control_that_is_not_settled_is_an_open_point():
    results = [make_result(f"HD-{n:02}", status) for n, status in enumerate(STATUSES)]
    found = {point.result.status for point in acceptance.open_points(results)}
    assert found == {"failed", "unknown", "error", "manual"}


def test_owner_and_date_are_those_that_were_agreed():
    (point,) = acceptance.open_points([make_result()], a_branding().open_points)
    assert (point.owner, point.due) == ("K. Koerner", "2026-12-04")
    assert "2026-12-04" in Document(html_page.render(branded(a_report()))).text


def test_the_summary_counts_open_points_and_residual_risks():
    report = a_report(accepted=[ACCEPTED, replace(ACCEPTED, expires="2026-12-31")])
    text = " ".join(map(str, acceptance.executive_summary(report, 1)))
    assert "1 point is open" in text
    assert "2 residual risks were accepted; the first ends on 2026-12-31." in text


def test_the_policy_covers_the_colours_of_the_partner():
    source = html_page.render(branded(a_report()))
    assert "--accent: #0a4f9e" in source
    assert f"style-src 'sha256-{digest_of(source, 'style')}'" in source


def test_an_address_keeps_its_lines():
    party = Party(name="Netzhaus", address="Hauptstraße 1\n70173 Stuttgart")
    source = html_page.render(branded(a_report(), a_branding(partner=party)))
    assert "Hauptstraße 1\n70173 Stuttgart" in source


def test_hostile_branding_stays_inert():
    party = Party(name=HOSTILE, contact=HOSTILE, address=HOSTILE)
    points = {"HD-05": OpenPoint(owner=HOSTILE, note=HOSTILE)}
    changes = {"partner": party, "customer": party, "disclaimer": HOSTILE, "site": HOSTILE}
    branding = a_branding(**changes, project=HOSTILE, open_points=points)
    source = html_page.render(branded(a_report(), branding))
    document = Document(source)
    assert len(document.named("script")) == 3
    assert [image["src"] for image in document.named("img")] == [LOGO]
    assert "\u202e" not in source
    assert not [a for _, attributes in document.elements for a in attributes if a.startswith("on")]


def test_a_report_carries_its_branding_whole():
    svg = data_url(SVG.format('<path d="M0 0h9"/>').encode())
    branding = replace(a_branding(project="Neubau", site="Werk 2"), customer_logo=svg)
    assert of_report(recorded(branding)) == branding


REFUSED = {
    "a colour that ends the style": {"accent": "#0a4f9e;} body { display: none"},
    "a colour that nobody can read": {"accent": "#eeeeee"},
    "a logo that ends the attribute": {"logo": 'data:image/png;base64,AAAA" onerror="alert(1)'},
    "a logo from elsewhere": {"logo": "https://evil.example/logo.png"},
    "a logo that is no picture": {"logo": "data:text/html;base64,PGI+"},
    "a logo of another kind": {"logo": LOGO.replace("png", "svg+xml")},
    "no name": {"name": ""},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_a_branding_that_somebody_put_into_a_report_is_checked(changes, tmp_path):
    carried = recorded(a_branding())
    own = {"accent": changes["accent"]} if "accent" in changes else {}
    partner = replace(carried.partner, **{k: v for k, v in changes.items() if k not in own})
    report = replace(a_report(), branding=replace(carried, partner=partner, **own))
    with pytest.raises(BrandingError):
        html_page.render(report)
    (tmp_path / "report.json").write_bytes(report_json.render(report))
    with pytest.raises(BrandingError, match=r"report\.json"):
        load_report(tmp_path / "report.json")
