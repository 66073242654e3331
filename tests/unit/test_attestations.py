"""Attestations: what a person stated counts until its day, and never beats what was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from auditor.errors import SiteFileError
from auditor.facts import IP_FILTER, REGISTRATIONS_WITHOUT_PASSWORD
from auditor.messages.message import Message, say
from auditor.model.attestation import Facts
from auditor.model.snapshot import (
    CallFilter,
    FilterRow,
    Gap,
    PasswordEvidence,
    PbxObject,
    Setting,
    Snapshot,
)
from auditor.model.vocabulary import Area, Coverage, Grade, PasswordState
from auditor.report.translation import german
from auditor.site.attestations import attest, check_dates
from tests.fixtures.sentences import says, sentence

TODAY = date(2026, 11, 22)
TOMORROW = date(2026, 11, 23)
AFTER = date(2027, 11, 22)
MISSING = Gap(IP_FILTER, say("not documented"), advice=say("attest it"))
ROWS = [{"number": "0", "next": "nok"}, {"number": "0112", "next": "ok", "not": True}]


def statement(value, until=TODAY, on=date(2026, 1, 1), **more):
    return {"value": value, "by": "E. Muster", "on": on, "until": until, **more}


def facts(**given):
    return Facts.model_validate(given)


def snapshot(**given):
    return Snapshot("t", gaps=(MISSING,), **given)


def read_filter(*rows):
    return CallFilter("intern", rows or None, Grade.SIMULATED, "cfg.txt", 7)


def test_a_statement_fills_an_area_that_was_not_read():
    attested = attest(snapshot(), facts(ip_filter=statement(["10.0.0.0/8"], note="seen")), TODAY)
    setting = attested.settings[IP_FILTER]
    assert (setting.values, setting.grade) == (("10.0.0.0/8",), Grade.ATTESTED)
    told = f"{setting.source} {setting.place} {setting.note}"
    assert all(words in told for words in ("site file", "E. Muster", "2026-11-22", "seen"))
    assert attested.coverage(IP_FILTER) is Coverage.COMPLETE
    assert attested.gaps == ()


def test_it_counts_through_its_last_day():
    stated = facts(ip_filter=statement(["10.0.0.0/8"]))
    assert IP_FILTER in attest(snapshot(), stated, TODAY).settings
    expired = attest(snapshot(), stated, TODAY + timedelta(days=1))
    assert IP_FILTER not in expired.settings
    assert expired.coverage(IP_FILTER) is Coverage.MISSING
    (gap,) = (gap for gap in expired.gaps if "expired" in gap.reason)
    assert gap.area == IP_FILTER
    assert gap.source.startswith("site file")
    assert "E. Muster" in gap.reason
    assert gap.advice.told(german)


@pytest.mark.parametrize(
    ("given", "area"),
    [
        ({"registrations_without_password": statement(0)}, REGISTRATIONS_WITHOUT_PASSWORD),
        ({"call_filters": {"intern": statement(ROWS)}}, Area.CALL_FILTERS),
        ({"template_parents": {"T": statement([])}}, Area.OBJECTS),
    ],
)
def test_an_expired_statement_of_any_kind_is_a_gap_and_nothing_else(given, area):
    stated = facts(**given)
    expired = attest(snapshot(), stated, TODAY + timedelta(days=1))
    assert sorted(gap.area for gap in expired.gaps) == sorted([MISSING.area, area])
    assert (expired.settings, expired.filters, expired.template_parents) == ({}, (), {})


class TestWhatWasRead:
    READ = Setting(("0",), Grade.LEARNED, "cfg.txt", 12, "config change PBX0 /x")

    def attested(self, value, read=READ):
        area = REGISTRATIONS_WITHOUT_PASSWORD
        seen = snapshot(settings={area: read}, areas={area: Coverage.COMPLETE})
        stated = facts(registrations_without_password=statement(value))
        return attest(seen, stated, TODAY).settings[area]

    def test_it_beats_a_statement_and_the_difference_is_noted(self):
        setting = self.attested(10)
        assert (setting.values, setting.grade) == (("0",), Grade.LEARNED)
        assert "10" in setting.note
        assert "E. Muster" in setting.note

    def test_agreement_needs_no_note(self):
        assert self.attested(0) == self.READ

    def test_rows_of_a_filter(self):
        stated = facts(call_filters={"intern": statement(ROWS)})
        known = read_filter(FilterRow("0", "ok"))
        (entry,) = attest(snapshot(filters=(known,)), stated, TODAY).filters
        assert entry.rows == (FilterRow("0", "ok"),)
        assert "E. Muster" in entry.note

    def test_equal_rows_need_no_note(self):
        known = read_filter(FilterRow("0", "nok"), FilterRow("0112", "ok", "", negated=True))
        stated = facts(call_filters={"intern": statement(ROWS)})
        assert attest(snapshot(filters=(known,)), stated, TODAY).filters == (known,)

    def test_what_was_noted_before_stays(self):
        read = replace(self.READ, note=say("that the login is the key is inferred"))
        assert self.attested(10, read).note.startswith(f"{read.note}; attested was 10")

    @pytest.mark.parametrize("values", [("unclear",), ("0", "unclear")])
    def test_what_was_read_and_not_understood_stays_open(self, values):
        setting = self.attested(0, replace(self.READ, values=values))
        assert setting.values == values
        assert "not understood" in setting.note
        assert "E. Muster" in setting.note

    def test_what_was_read_in_part_stays_a_part(self):
        area = REGISTRATIONS_WITHOUT_PASSWORD
        gap = Gap(area, say("another box does not show it"), "b.txt")
        seen = Snapshot(
            "t", settings={area: self.READ}, areas={area: Coverage.PARTIAL}, gaps=(gap,)
        )
        attested = attest(seen, facts(registrations_without_password=statement(0)), TODAY)
        assert attested.coverage(area) is Coverage.PARTIAL
        assert attested.gaps == (gap,)


@pytest.mark.parametrize(
    "given",
    [
        {"registrations_without_password": statement(0, on=date(2026, 11, 23), until=AFTER)},
        {"call_filters": {"intern": statement(ROWS, on=date(2026, 11, 23), until=AFTER)}},
        {"template_parents": {"T": statement([], on=date(2026, 11, 23), until=AFTER)}},
    ],
)
def test_a_statement_of_tomorrow_does_not_count_today(given):
    attested = attest(snapshot(), facts(**given), TODAY)
    assert (attested.settings, attested.filters, attested.template_parents) == ({}, (), {})
    (gap,) = (gap for gap in attested.gaps if gap != MISSING)
    assert "future" in gap.reason


class TestFilters:
    def test_rows_that_could_not_be_read_come_from_the_statement(self):
        stated = facts(call_filters={"intern": statement(ROWS)})
        (entry,) = attest(snapshot(filters=(read_filter(),)), stated, TODAY).filters
        assert entry.rows == (FilterRow("0", "nok"), FilterRow("0112", "ok", "", negated=True))
        assert entry.grade is Grade.ATTESTED
        assert entry.source.startswith("site file")

    def test_a_filter_that_was_not_read_at_all(self):
        attested = attest(snapshot(), facts(call_filters={"x": statement([])}), TODAY)
        assert [(entry.name, entry.rows) for entry in attested.filters] == [("x", ())]

    def test_one_stated_filter_does_not_make_the_area_complete(self):
        attested = attest(snapshot(), facts(call_filters={"x": statement([])}), TODAY)
        assert attested.coverage(Area.CALL_FILTERS) is Coverage.PARTIAL

    @pytest.mark.parametrize(
        "note",
        ["it occurs more than once", "it has a part that nobody explained"],
    )
    def test_rows_that_were_read_and_not_understood_stay_open(self, note):
        stated = facts(call_filters={"intern": statement(ROWS)})
        (entry,) = attest(
            snapshot(filters=(replace(read_filter(), note=note, doubtful=True),)), stated, TODAY
        ).filters
        assert entry.rows is None
        assert note in entry.note
        assert "E. Muster" in entry.note

    @pytest.mark.parametrize("name", ["x", "Intern", " intern"])
    def test_a_filter_that_a_whole_list_does_not_have(self, name):
        seen = snapshot(filters=(read_filter(),), areas={Area.CALL_FILTERS: Coverage.COMPLETE})
        attested = attest(seen, facts(call_filters={name: statement([])}), TODAY)
        assert {one.name: one.rows for one in attested.filters} == {"intern": None, name: None}
        (gap,) = attested.gaps_in(Area.CALL_FILTERS)
        assert name in gap.reason

    def test_two_spellings_with_different_rows(self):
        stated = facts(call_filters={"Intern": statement(ROWS), "intern": statement([])})
        attested = attest(snapshot(), stated, TODAY)
        assert [one.rows for one in attested.filters] == [None, None]
        same = facts(call_filters={"Intern": statement(ROWS), "intern": statement(ROWS)})
        assert all(one.rows for one in attest(snapshot(), same, TODAY).filters)

    def test_two_filters_of_the_pbx_may_differ_in_spelling_alone(self):
        seen = (read_filter(), replace(read_filter(), name="Intern"))
        stated = facts(call_filters={"Intern": statement(ROWS), "intern": statement([])})
        attested = attest(snapshot(filters=seen), stated, TODAY)
        assert [one.rows is None for one in attested.filters] == [False, False]

    def test_other_filters_stay_as_they_are(self):
        other = CallFilter("other", None, Grade.DOCUMENTED, "cfg.txt")
        stated = facts(call_filters={"intern": statement(ROWS)})
        attested = attest(snapshot(filters=(other, read_filter())), stated, TODAY)
        assert attested.filters[0] == other


def test_parents_of_templates():
    attested = attest(snapshot(), facts(template_parents={"T": statement(["U"])}), TODAY)
    assert attested.template_parents["T"].values == ("U",)
    assert attested.template_parents["T"].grade is Grade.ATTESTED


class TestParents:
    def gaps(self, *templates, stated=("U",), name="T", **more):
        objects = tuple(template(cn, parents) for cn, parents in templates)
        seen = snapshot(objects=objects, areas={Area.OBJECTS: Coverage.COMPLETE}, **more)
        given = facts(template_parents={name: statement(list(stated))})
        return [gap.reason for gap in attest(seen, given, TODAY).gaps if gap != MISSING]

    def test_of_a_template_that_does_not_exist(self):
        (reason,) = self.gaps(("Other", ()))
        assert says("does not have", reason)
        assert self.gaps(("t", ())) == [reason]

    def test_others_than_were_read(self):
        assert says("others were attested", self.gaps(("T", ("A",)))[0])
        assert self.gaps(("T", ("U",))) == []
        assert self.gaps(("T", ())) == []

    def test_where_none_was_read_although_they_would_show(self):
        assert "none" in self.gaps(("T", ()), reads_template_parents=True)[0]


def template(cn, parents):
    none = ((), (), (), ())
    password = PasswordEvidence(PasswordState.ABSENT)
    return PbxObject(
        "", cn, cn, "", "config", {}, parents, *none, {}, None, (), password, "cfg.txt", 3
    )


def test_an_empty_ip_filter_is_a_statement_too():
    attested = attest(snapshot(), facts(ip_filter=statement([])), TODAY)
    assert attested.settings[IP_FILTER].values == ()
    assert attested.coverage(IP_FILTER) is Coverage.COMPLETE


def test_nothing_stated_changes_nothing():
    assert attest(snapshot(), Facts(), TODAY) == snapshot()


@pytest.mark.parametrize(("days", "refused"), [(0, False), (1, True)])
def test_nobody_looked_tomorrow(days, refused):
    stated = facts(
        ip_filter=statement([], on=TODAY + timedelta(days), until=TODAY + timedelta(days=9))
    )
    if not refused:
        check_dates(stated, TODAY)
        return
    with pytest.raises(SiteFileError, match=sentence("future")) as error:
        check_dates(stated, TODAY)
    assert "ip_filter" in error.value.where
    assert error.value.advice


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2020, 2, 29)])
def test_a_day_is_kept_as_it_was_stated(day):
    attested = attest(snapshot(), facts(last_backup=statement(day)), TODAY)
    assert attested.settings["last_backup"].values == (day.isoformat(),)


@pytest.mark.parametrize(
    "day", [date(2026, 1, 2), datetime(2026, 1, 1, 8, tzinfo=UTC), "2026-01-01", 20260101, True]
)
def test_a_day_after_somebody_looked_or_another_value_is_refused(day):
    with pytest.raises(ValidationError):
        facts(last_backup=statement(day))


@pytest.mark.parametrize(
    ("fact", "read", "attested", "same"),
    [
        ("admin_logout_minutes", "10", 10, True),
        ("admin_logout_minutes", "010", 10, True),
        ("admin_logout_minutes", "0", 0, True),
        ("admin_logout_minutes", "00", 0, True),
        ("admin_logout_minutes", "", 0, False),
        ("admin_logout_minutes", "1", 10, False),
        ("http_port", "080", "80", True),
        ("http_port", "a80", "0a80", False),
        ("http_port", "x0", "x00", False),
        (IP_FILTER, "10.0.0.0/255.0.0.0", ["10.0.0.0/8"], True),
        (IP_FILTER, "10.0.0.0/16", ["10.0.0.0/8"], False),
    ],
)
def test_two_spellings_of_a_number_or_network_do_not_differ(fact, read, attested, same):
    known = Setting((read,), Grade.DOCUMENTED, "cfg.txt", 7)
    found = attest(snapshot(settings={fact: known}), facts(**{fact: statement(attested)}), TODAY)
    setting = found.settings[fact]
    assert setting.values == (read,)
    assert (setting.note == "") is same


@pytest.mark.parametrize(
    ("stated", "area", "keys"),
    [
        ({"ip_filter": statement([], TOMORROW, TOMORROW)}, IP_FILTER, ("ip_filter",)),
        (
            {"call_filters": {"a.b.c": statement([], TOMORROW, TOMORROW)}},
            Area.CALL_FILTERS,
            ("call_filters", "a.b.c"),
        ),
        (
            {"template_parents": {"T": statement([], TOMORROW, TOMORROW)}},
            Area.OBJECTS,
            ("template_parents", "T"),
        ),
    ],
)
def test_an_attestation_of_the_future_names_its_place_and_counts_nothing(stated, area, keys):
    given = facts(**stated)
    with pytest.raises(SiteFileError) as refused:
        check_dates(given, TODAY)
    assert refused.value.keys == ("facts", *keys, "on")
    check_dates(given, TOMORROW)
    gaps = [gap for gap in attest(snapshot(), given, TODAY).gaps if gap != MISSING]
    assert [(gap.area, gap.source) for gap in gaps] == [(area, "site file")]
    for day in (TODAY, AFTER):
        for gap in attest(snapshot(), given, day).gaps:
            if gap != MISSING:
                assert isinstance(gap.reason, Message)
                assert isinstance(gap.advice, Message)
