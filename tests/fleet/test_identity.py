"""Which PBX evidence is of, and whether it is what that PBX is tonight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.fleet.drift.identity import (
    AcceptedBox,
    Conflict,
    Inventoried,
    guids_of,
    identify,
    is_same_box,
    serial_of,
)
from auditor.fleet.drift.usable_evidence import is_cut, remarks_on, why_less, why_outdated
from auditor.fleet.history_model import Basis, Known, Versions
from auditor.model.account import Requests
from auditor.model.snapshot import Box
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import configuration_of, export_of, simulated, site_of, write
from tests.fleet.nights import FIRST_DAY

LONG = "00-90-33-41-a5-5b"
SHORT = "41a55b"
OTHER = "00-90-33-00-00-01"
ORDER = ("a", "b", "c")


def basis(snapshot=None):
    count = len(snapshot.objects) if snapshot is not None else 44
    return Basis(1, FIRST_DAY, "", "", {}, Versions("", "", "", ""), count)


def known(serial=LONG, snapshot=None):
    return Known(serial, basis(snapshot))


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return the snapshot of named documents."""

    def of(**files):
        folder = tmp_path_factory.mktemp("evidence")
        named = {name.replace("__", "."): content for name, content in files.items()}
        return read_files(write(folder, named), site_of("insecure"), None)

    return of


@pytest.fixture(scope="module")
def whole(read):
    return read(cfg__txt=configuration_of("insecure"))


def of_box(snapshot, *serials):
    return replace(snapshot, boxes=tuple(Box(serial=one) for one in serials))


def about(stated="", bound=None, pbx="b", **more):
    return Inventoried(pbx, ORDER, bound or {}, stated, **more)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (LONG, "009033-41A55B", True),
        (LONG, "41:a5:5b", True),
        (SHORT, "41-A5-5B", True),
        (LONG, OTHER, False),
        (LONG, "00-90-34-41-a5-5b", False),
        (SHORT, "", False),
    ],
)
def test_serials_are_compared_without_case_and_separators(one, other, same):
    assert is_same_box(one, other) is same
    assert is_same_box(other, one) is same


@pytest.mark.parametrize(
    ("history", "stated", "seen", "expected"),
    [
        (Known(), "", LONG, "00903341a55b"),
        (Known(), "", SHORT, SHORT),
        (Known(), LONG, SHORT, "00903341a55b"),
        (known(SHORT), "", LONG, "00903341a55b"),
        (known(LONG), "", SHORT, "00903341a55b"),
        (known(LONG), "", OTHER, None),
        (Known(), OTHER, LONG, None),
        (known(LONG), OTHER, OTHER, None),  # only a person can say that a box was replaced
        (known(""), OTHER, OTHER, "009033000001"),  # as a person did
    ],
)
def test_the_serial_that_is_stated_or_was_seen_first_decides(
    whole, history, stated, seen, expected
):
    found = identify(history, of_box(whole, seen), about(stated))
    assert (found.serial if isinstance(found, AcceptedBox) else None) == expected


def test_the_main_box_decides_at_first_and_any_box_of_the_system_later(whole):
    both = of_box(whole, "", OTHER, LONG)
    assert serial_of(both) == "009033000001"
    assert isinstance(identify(known(LONG), both, about()), AcceptedBox)
    assert isinstance(identify(known("00-90-33-00-00-02"), both, about()), Conflict)


@pytest.mark.parametrize(
    ("pbx", "history", "bound", "accepted"),
    [
        ("b", Known(), {LONG: "a"}, False),  # without a history beside one with it
        ("a", Known(), {LONG: "b"}, False),
        ("a", Known(), {SHORT: "b"}, False),
        ("a", known(), {LONG: "a", SHORT: "b"}, True),
        ("b", known(), {LONG: "b", SHORT: "a"}, False),
        ("b", known(), {LONG: "b", OTHER: "a"}, True),
        ("b", known(), {LONG: "gone", SHORT: "b"}, True),  # not in the file any more
    ],
)
def test_of_two_ids_with_one_box_one_is_in_conflict(whole, pbx, history, bound, accepted):
    found = identify(history, of_box(whole, LONG), about("", bound, pbx))
    assert isinstance(found, AcceptedBox if accepted else Conflict)


@pytest.mark.parametrize(("pbx", "other", "accepted"), [("a", "b", True), ("b", "a", False)])
def test_of_two_new_ids_the_later_one_of_the_file_is_in_conflict(whole, pbx, other, accepted):
    new = about("", {LONG: other}, pbx, histories=())
    found = identify(Known(), of_box(whole, LONG), new)
    assert isinstance(found, AcceptedBox if accepted else Conflict)


def test_a_conflict_names_no_pbx_of_another_customer(whole):
    seen = of_box(whole, LONG)
    bound = {LONG: "canary-of-another"}
    found = identify(Known(), seen, about("", bound))
    assert isinstance(found, Conflict)
    assert "canary" not in found.reason
    told = identify(Known(), seen, about("", bound, tenant=("canary-of-another",)))
    assert isinstance(told, Conflict)
    assert "canary" in told.reason


@pytest.mark.parametrize(("share", "accepted"), [(1, True), (0.5, True), (0.45, False), (0, False)])
def test_evidence_without_a_serial_belongs_to_whose_objects_it_has(whole, share, accepted):
    guids = sorted(guids_of(whole))
    count = int(share * len(guids))
    last = {*guids[:count], *(f"{number:032x}" for number in range(len(guids) - count))}
    found = identify(known(snapshot=whole), of_box(whole), about(), lambda: last)
    assert isinstance(found, AcceptedBox) is accepted
    if isinstance(found, AcceptedBox):
        assert found.remarks
        assert found.serial == "00903341a55b"


def test_evidence_without_a_serial_is_accepted_the_first_time_with_a_remark(whole):
    found = identify(Known(), of_box(whole), about())
    assert isinstance(found, AcceptedBox)
    assert found.serial == ""
    assert found.remarks


def test_of_a_box_that_was_replaced_no_object_has_to_be_there(whole):
    history = known("")._replace(rebound=True)
    assert isinstance(identify(history, of_box(whole), about(), lambda: {"f" * 32}), AcceptedBox)


def test_nothing_belongs_to_a_pbx_of_which_nothing_is_known(whole):
    assert isinstance(identify(known(), of_box(whole), about(), tuple), Conflict)


class TestCut:
    @pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
    def test_the_beginning_of_a_configuration(self, read, whole, share):
        content = configuration_of("insecure")
        cut = read(cfg__txt=content[: int(len(content) * share)])
        assert is_cut(known(snapshot=whole), cut, lambda: whole)
        assert why_less(known(snapshot=whole), cut, lambda: whole)

    @pytest.mark.parametrize("number", [40, 60, 78])
    def test_one_that_ends_with_a_line(self, read, whole, number):
        lines = configuration_of("insecure").splitlines(keepends=True)
        assert is_cut(known(snapshot=whole), read(cfg__txt=b"".join(lines[:number])), lambda: whole)

    def test_no_object_where_there_were_some(self, read, whole):
        lines = configuration_of("insecure").splitlines(keepends=True)
        kept = read(cfg__txt=b"".join(line for line in lines if b"add-item 101" not in line))
        assert is_cut(known(snapshot=whole), kept, lambda: None)

    def test_whole_evidence_is_not(self, read, whole):
        assert not is_cut(known(snapshot=whole), whole, lambda: whole)
        lines = configuration_of("insecure").splitlines(keepends=True)
        fewer = read(cfg__txt=b"".join(one for one in lines if b"h323=k." not in one))
        assert not why_less(known(snapshot=whole), fewer, lambda: whole)

    def test_a_part_that_is_not_understood_is_not(self, read, whole):
        content = configuration_of("insecure")
        odd = read(cfg__txt=content + b"what is this\n")
        assert not is_cut(known(snapshot=whole), odd, lambda: whole)
        damaged = content.replace(b"(cn=Temp)", b"(cn=Temp", 1)
        assert not is_cut(known(snapshot=whole), read(cfg__txt=damaged), lambda: whole)

    def test_another_kind_of_document_is_not(self, read, whole):
        export = read(pbx__xml=export_of(simulated("insecure")))
        assert not is_cut(known(snapshot=whole), export, lambda: whole)

    def test_a_live_pbx_with_a_closed_area_is_not(self, whole):
        closed = replace(whole, objects=(), requests=Requests(9), areas={}, proofs={})
        assert not is_cut(known(snapshot=whole), closed, lambda: whole)

    def test_the_first_evidence_is_what_it_is(self, read):
        content = configuration_of("insecure")
        cut = read(cfg__txt=content[: len(content) // 2])
        assert not why_less(Known(), cut, lambda: None)

    def test_one_that_reaches_its_end_is_not_though_its_last_user_is_gone(self, read, whole):
        """A line that is not understood makes it doubtful; `_ADMIN_` at its end says it is all."""
        lines = configuration_of("insecure").splitlines(keepends=True)
        kept = [line for line in lines if b"(h323=b.zoeller)" not in line]
        odd = read(
            cfg__txt=b"".join([*kept[:-3], b"mod cmd FLASHDIR0 add-item 101 (cn=Cut\n", *kept[-3:]])
        )
        assert not is_cut(known(snapshot=whole), odd, lambda: whole)

    def test_what_was_never_whole_is_not_cut_when_its_last_user_is_removed(self, read):
        text = configuration_of("insecure")
        lines = [line for line in text.splitlines(keepends=True) if b"_ADMIN_" not in line]
        old = read(cfg__txt=b"".join(lines))
        new = read(cfg__txt=b"".join(line for line in lines if b"h323=b.zoeller" not in line))
        assert not is_cut(known(snapshot=old), new, lambda: old)


class TestGenerations:
    @pytest.mark.parametrize(
        ("name", "changes", "older"),
        [("ip.4.txt", True, True), ("ip.4.txt", False, False), ("ip.5.txt", True, False)],
    )
    def test_an_older_one_is_not_what_the_pbx_is(self, read, name, changes, older):
        """What is saved without a change keeps its old number: the saver drops the new one."""
        content = configuration_of("insecure")
        old = read(ip__5__txt=content)
        content = content.replace(b"h323=b.zoeller", b"h323=b.zoelner") if changes else content
        new = read(**{name.replace(".", "__"): content})
        assert bool(why_outdated(known(snapshot=old), new, lambda: old)) is older

    def test_names_of_other_series_are_not_compared(self, read):
        content = configuration_of("insecure")
        old, new = read(ip__5__txt=content), read(other__4__txt=content)
        assert not why_outdated(known(snapshot=old), new, lambda: old)

    def test_a_box_that_was_replaced_begins_anew(self, read):
        content = configuration_of("insecure")
        changed = content.replace(b"h323=b.zoeller", b"h323=b.zoelner")
        old, new = read(ip__5__txt=content), read(ip__1__txt=changed)
        assert not why_outdated(known("", old)._replace(rebound=True), new, lambda: old)
        assert why_outdated(known("", old), new, lambda: old)


@pytest.mark.parametrize(("count", "remarked"), [(44, False), (40, False), (39, True), (0, True)])
def test_fewer_objects_by_more_than_a_tenth_are_a_remark(whole, count, remarked):
    fewer = replace(whole, objects=whole.objects[:count])
    assert bool(remarks_on(known(snapshot=whole), fewer)) is remarked
    assert not remarks_on(Known(), fewer)
