"""Pages of a fleet: what stands in them, whose they are, and where they are written."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, Cause, Expiry
from auditor.model.vocabulary import Severity, Status
from tests.fixtures.fleet_story import failed, passed, seen, unknown, waived
from tests.fleet.conftest import pbx

HOSTILE = "<script>owned()</script>\"'><img src=x onerror=owned()>\u202e{{7*7}}\x1b[31m"
AWAY = AuditEnding.UNREACHABLE


class Page:
    """A page as text."""

    def __init__(self, path):
        self.source = path.read_text(encoding="utf-8")
        self.body = self.source.partition("</style>")[2].partition("<script")[0]

    def section(self, name):
        return re.search(rf'<section id="{name}".*?</section>', self.body, re.DOTALL)[0]

    def said(self, part=None):
        """Return what people read in English."""
        text = re.sub(r'<span lang="de">.*?</span>', "", part or self.body, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())

    @property
    def headline(self):
        return self.said(self.section("verdict"))

    @property
    def tone(self):
        return re.search(r'class="verdict verdict-([a-z-]+)"', self.body)[1]

    def row(self, pbx):
        return re.search(rf'<tr id="pbx-{pbx}".*?</tr>', self.body, re.DOTALL)[0]

    def rows(self):
        return re.findall(r'<tr id="pbx-([^"]+)"', self.body)

    def counts(self):
        legend = re.search(r'<section class="states".*?</section>', self.body, re.DOTALL)[0]
        return [int(number) for number in re.findall(r"<b>(\d+)</b>", legend)]


@pytest.fixture
def fleet(story, listed):
    """Two tenants: one PBX of each state but one, and a last night with a change of each kind."""
    names = ("alpen-bad", "alpen-good", "alpen-new", "city-away", "city-open", "city-other")
    listed(*names, fleet='every = "24h"')
    first = {
        "alpen-bad": [passed("HD-01"), failed("HD-02", severity=Severity.CRITICAL)],
        "alpen-good": [passed("HD-01"), waived("HD-03"), failed("HD-05", severity=Severity.LOW)],
        "city-away": [passed("HD-01")],
        "city-open": [passed("HD-01")],
        "city-other": [failed("HD-01", "city-secret-user")],
    }
    story.night(first)
    last = {
        "alpen-bad": [failed("HD-01"), failed("HD-02", severity=Severity.CRITICAL)],
        "alpen-good": [passed("HD-01"), waived("HD-03"), passed("HD-05")],
        "city-away": AWAY,
        "city-open": [unknown("HD-01")],
        "city-other": AuditEnding.CONFLICT,
    }
    story.night(last, expiries={"alpen-good": (Expiry("waiver", "HD-03 anna", date(2026, 3, 20)),)})
    return story


@pytest.fixture
def page(console, folder):
    """Write pages, and return that of the operator, or of a tenant."""

    def read(*arguments, tenant=""):
        ended = console("fleet", "page", "--today", "2026-03-02", *arguments)
        assert ended.code == ExitCode.OK, ended.said
        return Page(folder.path / "reports" / tenant / "index.html")

    return read


@pytest.mark.usefixtures("fleet")
class TestOperator:
    def test_the_first_sentence_counts_who_needs_somebody(self, page):
        shown = page()
        assert "5 of 6 PBXs" in shown.headline
        assert shown.tone == "noncompliant"

    def test_counts_add_up(self, page):
        assert sum(page().counts()) == 6

    def test_the_worst_pbx_comes_first(self, page):
        assert page().rows() == [
            "alpen-new", "city-other", "city-away", "alpen-bad", "city-open", "alpen-good",
        ]  # fmt: skip

    def test_what_changed_is_told_by_name(self, page):
        shown = page()
        changes = shown.said(shown.section("changes"))
        for name in ("alpen-bad", "city-away", "city-open", "city-other", "alpen-good"):
            assert name in changes
        assert "HD-01" in changes
        assert "HD-05" in changes
        assert "HD-02" not in changes

    def test_what_was_not_read_keeps_what_was_known_and_is_never_fine(self, page):
        row = page().row("city-away")
        assert "state-unreachable" in row
        assert "state-passed" not in row
        assert "it does not answer" in row
        assert "2026-03-02" in row  # since when

    def test_every_control_that_is_not_in_order_is_named_in_words(self, page):
        shown = page()
        words = shown.said(shown.section("map"))
        assert "alpen-bad Failed : HD-02 HD-01 ." in words
        assert "city-open Open : HD-01 ." in words
        assert "Accepted : HD-03 ." in words

    def test_tenants_link_to_their_pages(self, page):
        shown = page()
        assert re.findall(r'href="([^"]+/index.html)"', shown.body) == [
            "alpen/index.html", "city/index.html",
        ]  # fmt: skip


@pytest.mark.usefixtures("fleet")
class TestTenant:
    def test_it_has_nothing_of_another(self, page):
        page()
        for own, other in (("alpen", "city"), ("city", "alpen")):
            source = page(tenant=own).source
            assert f"{own}-" in source
            assert not re.search(rf"\b{other}", source.lower())
        assert sum(page(tenant="alpen").counts()) == 3

    def test_one_alone_is_written_if_it_is_asked_for(self, console, folder):
        console("fleet", "page", "--tenant", "ALPEN", "--out", "pages")
        written = [path.relative_to(folder.path / "pages") for path in
                   (folder.path / "pages").rglob("*") if path.is_file()]  # fmt: skip
        assert written == [Path("alpen/index.html")]

    def test_a_tenant_that_was_not_in_the_last_run_is_told_so(self, page, story):
        story.night({"alpen-good": [passed("HD-01")]})
        shown = page(tenant="city")
        assert "None of these PBXs" in shown.said(shown.section("changes"))


class TestEmpty:
    def test_without_a_history_it_says_so_and_is_not_green(self, console, listed, folder):
        listed("alpen-graz")
        assert console("fleet", "page").code == ExitCode.OK
        shown = Page(folder.path / "reports" / "index.html")
        assert shown.tone == "nothing-audited"
        assert "Nothing was audited yet" in shown.headline
        assert "`pbx-auditor fleet run`" in shown.headline
        assert not (folder.path / "history.db").exists()

    @pytest.mark.usefixtures("story")
    def test_with_a_history_without_a_run_too(self, page, listed):
        listed("alpen-graz")
        assert page().tone == "nothing-audited"


class TestTone:
    def test_only_a_fleet_that_was_read_wholly_is_green(self, page, story, listed):
        listed("alpen-graz", "alpen-linz", fleet='every = "24h"')
        story.night({"alpen-graz": [passed()], "alpen-linz": [passed()]})
        story.night({"alpen-graz": [passed()], "alpen-linz": [passed()]})
        shown = page()
        assert shown.tone == "compliant"
        assert "None of 2 PBXs" in shown.headline
        late = page("--today", "2026-03-04")
        assert late.tone == "incomplete"
        assert "a run did not happen" in late.headline

    def test_what_fails_for_long_needs_nobody_and_is_no_green(self, page, story, listed):
        listed("alpen-graz")
        for _ in range(9):
            story.night({"alpen-graz": [failed()]})
        shown = page("--today", "2026-03-09")
        assert shown.tone == "noncompliant"
        assert "None of 1 PBX" in shown.headline

    def test_a_run_that_did_not_end_is_no_green(self, page, story, listed):
        listed("alpen-graz", "alpen-linz")
        story.night({"alpen-graz": [passed()], "alpen-linz": [passed()]})
        story.night({"alpen-graz": [passed()], "alpen-linz": None})
        assert page().tone == "incomplete"


@pytest.mark.usefixtures("fleet")
class TestLinks:
    def test_a_report_is_linked_to_only_if_it_is_there(self, page, folder):
        made = folder.write("reports/alpen/alpen-bad/000002/report.html", "x")
        (made.parents[1] / "latest").symlink_to("000002")
        folder.write("reports/city/city-open/000002/report.html", "x")
        folder.write("reports/city/city-open/latest", "000002\n")
        folder.write("reports/city/city-away/latest", "../../../secret\n")
        shown = page()
        assert re.findall(r'<th scope="row"><a href="([^#"]+report.html)"', shown.body) == [
            "alpen/alpen-bad/latest/report.html",
            "city/city-open/000002/report.html",
        ]
        assert 'href="alpen-bad/latest/report.html"' in page(tenant="alpen").body

    def test_elsewhere_the_operator_is_led_back_and_a_tenant_is_not(
        self,
        console,
        folder,
    ):
        made = folder.write("reports/alpen/alpen-bad/000002/report.html", "x")
        (made.parents[1] / "latest").symlink_to("000002")
        console("fleet", "page", "--out", "out")
        href = 'href="../reports/alpen/alpen-bad/latest/report.html"'
        assert href in Page(folder.path / "out" / "index.html").body
        assert "report.html" not in Page(folder.path / "out" / "alpen" / "index.html").body


class TestHostile:
    def test_names_are_text(self, page, story, folder):
        long = "x" * 200
        names = [HOSTILE.replace("\x1b", "").replace("\u202e", ""), long]
        blocks = [
            pbx(one, tenant="alpen", tags=["<b>tag"]) + f"name = {json.dumps(name)}\n"
            for one, name in zip(("alpen-graz", "alpen-linz"), names, strict=True)
        ]
        folder.inventory(*blocks, beginning='[fleet]\nname = "F"\n[[tenant]]\nid = "alpen"\n')
        ends = {
            "alpen-graz": (Expiry("waiver", HOSTILE + "\r\nX: y" + "x" * 500, date(2026, 3, 3)),)
        }
        story.night({"alpen-graz": [failed("HD-01", HOSTILE)], "alpen-linz": [passed()]},
                    expiries=ends)  # fmt: skip
        source = page().source
        assert "<script>owned" not in source
        assert "<img" not in source
        assert "\u202e" not in source
        assert "\x1b" not in source
        assert long not in source
        assert source.count("<script") == 2


@pytest.mark.usefixtures("fleet")
class TestFailures:
    def test_a_page_that_cannot_be_written_does_not_stop_the_others(
        self,
        console,
        folder,
    ):
        folder.write("reports/alpen", "a file where a folder should be")
        ended = console("fleet", "page")
        assert ended.code == ExitCode.OUTPUT
        assert "alpen" in ended.err
        assert (folder.path / "reports/index.html").exists()
        assert (folder.path / "reports/city/index.html").exists()

    def test_what_was_there_stays_if_the_new_one_cannot_be_written(
        self,
        console,
        folder,
        monkeypatch,
    ):
        assert console("fleet", "page", "-q").said == ""
        before = (folder.path / "reports/index.html").read_bytes()

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("auditor.files.writing.Path.replace", full)
        ended = console("fleet", "page", "-q")
        assert ended.code == ExitCode.OUTPUT
        assert (folder.path / "reports/index.html").read_bytes() == before
        left = [one for one in (folder.path / "reports").rglob("*") if one.is_file()]
        assert {one.name for one in left} == {"index.html"}

    def test_an_unknown_tenant_is_refused(self, console):
        assert console("fleet", "page", "--tenant", "nobody").code == ExitCode.USAGE


class TestLanguage:
    def test_a_tenant_reads_its_own_first(self, console, story, folder):
        folder.inventory(
            '[[pbx]]\nid = "a-1"\ntenant = "a"\ntarget = "a-1"\n',
            beginning='[fleet]\nname = "F"\n[[tenant]]\nid = "a"\nlanguage = "de"\n',
        )
        story.night({"a-1": [passed()]})
        console("fleet", "page", "-q")
        assert '<html lang="de">' in Page(folder.path / "reports/a/index.html").source
        assert '<html lang="en">' in Page(folder.path / "reports/index.html").source
        console("fleet", "page", "-q", "--language", "en")
        assert '<html lang="en">' in Page(folder.path / "reports/a/index.html").source


def test_what_a_first_audit_found_is_one_line_for_each_pbx(page, story, listed):
    listed("alpen-graz")
    story.night({"alpen-graz": [failed(f"HD-0{number}") for number in range(1, 8)]})
    shown = page("--today", "2026-03-01")
    changes = shown.said(shown.section("changes"))
    assert "alpen-graz : 7 failed" in changes
    assert "HD-01" not in changes


def test_a_control_of_many_pbxs_is_one_line(page, story, listed):
    names = [f"alpen-{number}" for number in range(9)]
    listed(*names)
    story.night({name: [passed()] for name in names})
    story.night({name: [failed()] for name in names}, cause=Cause.RULES)
    shown = page()
    changes = shown.section("changes")
    assert changes.count("HD-01") == 1
    assert "and 3 more" in shown.said(changes)


def test_not_applicable_is_left_blank(page, story, listed):
    listed("alpen-graz")
    story.night({"alpen-graz": [seen("HD-01", Status.NOT_APPLICABLE), passed("HD-02")]})
    drawing = re.search(r"<td><svg[^>]*>(.*?)</svg>", page().section("map"))[1]
    assert drawing == '<path class="p" d="M1 8h1"/>'


def test_what_a_first_audit_could_not_decide_is_open_for_no_longer_than_that(page, story, listed):
    listed("alpen-1")
    story.night({"alpen-1": [unknown()]})
    said = page().headline
    assert "1 incomplete" in said
    assert "week" not in said


def test_who_is_forgotten_is_on_no_page(page, console, story, listed, folder):
    listed("alpen-graz", "city-linz")
    story.night({"alpen-graz": [passed()], "city-linz": [passed()]})
    page()
    assert console("fleet", "forget", "city", "--yes").code == ExitCode.OK
    left = [path for path in (folder.path / "reports").rglob("*") if path.is_file()]
    assert left == [folder.path / "reports/alpen/index.html"]
