"""Faults of network and PBX: the reading ends in time, names the cause and keeps what it has."""

from __future__ import annotations

import gzip
import threading

import pytest

from auditor.errors import TargetError
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.site.credentials import Credentials
from auditor.sources.live import box_pages, http_connection
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import RESET, HostilePbx, http
from tests.fixtures.pbx import (
    configuration_of,
    counted,
    judge,
    list_page_of,
    simulated,
    site_of,
    statuses,
)
from tests.fixtures.sentences import says, sentence

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
LIST = f"{SHOW}?cmd=show&user=*"
BOX = "/CMD0/box_info.xml"
CFG = "/cfg.txt"
NO_CFG = http(b"?\r\n")
BODY = configuration_of()
PATIENCE = 0.3
LIMIT = 60


def page_of(one):
    return f"{SHOW}?cmd=show&user-guid={one.guid}"


def pages():
    pbx = simulated()
    answers = {BOX: http(responses.box_info(pbx.box)), LIST: http(list_page_of(pbx)), CFG: NO_CFG}
    for one in (*pbx.objects, pbx.admin):
        answers[page_of(one)] = http(responses.page([responses.whole(pbx, one, templates=False)]))
    return answers


def read(pbx, **options):
    given = LiveOptions(**{"back_off": 0.0, "timeout": PATIENCE, **options})
    # Somebody counted the objects, since these PBXs show them in one way only.
    site = counted(site_of(), len(simulated().objects))
    with pbx:
        return read_live(pbx.url, site, Credentials("viewer", "x"), given)


def reasons(snapshot, area=Area.OBJECTS):
    return " | ".join(gap.reason for gap in snapshot.gaps_in(area))


def start_of(body, length=None):
    """Return the head of an answer and a part of its body."""
    return http(body[: len(body) // 2], length=length or len(body))


MID_BODY = {
    "stall": (lambda: [start_of(BODY), None], "silent for 0.3 seconds"),
    "reset": (lambda: [start_of(BODY), RESET], "connection broke"),
    "truncated": (start_of(BODY), "connection broke"),
}
GZIP = ("Content-Encoding: gzip",)


class TestConfiguration:
    """Each fault of `cfg.txt`, with the cause that the gap names."""

    @pytest.mark.parametrize("kind", MID_BODY)
    def test_trouble_in_the_middle_keeps_what_was_read(self, kind):
        answer, cause = MID_BODY[kind]
        snapshot = read(HostilePbx({**pages(), CFG: answer}))
        assert snapshot.objects
        assert cause in reasons(snapshot)
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        found = statuses(judge(snapshot, site_of()))
        assert {found[name] for name in ("HD-05", "HD-07", "HD-10", "HD-14")} == {"unknown"}

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            (None, "silent for 0.3 seconds"),
            (lambda: [RESET], "connection was closed"),
            (b"", "connection was closed"),
            (http(b"", "503 Service Unavailable"), "503"),
            (http(b"x", "200 OK", "Content-Encoding: br"), "not asked for"),
        ],
    )
    def test_trouble_at_the_start_leads_to_the_object_pages(self, answer, cause):
        snapshot = read(HostilePbx({**pages(), CFG: answer}))
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert cause in reasons(snapshot, Area.SETTINGS)
        assert statuses(judge(snapshot, site_of()))["HD-03"] == "unknown"

    @pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
    def test_a_packed_body_that_is_cut_off_is_noticed_though_its_length_fits(self, share):
        packed = gzip.compress(BODY)
        cut = packed[: int(len(packed) * share)]
        answer = http(cut, "200 OK", "Content-Encoding: gzip")
        snapshot = read(HostilePbx({BOX: pages()[BOX], CFG: answer}))
        assert "incomplete" in " ".join(gap.reason for gap in snapshot.gaps)
        assert snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE

    def test_a_body_in_several_packed_parts_is_whole(self):
        half = len(BODY) // 2
        packed = gzip.compress(BODY[:half]) + gzip.compress(BODY[half:])
        answer = http(packed, "200 OK", "Content-Encoding: gzip")
        snapshot = read(HostilePbx({BOX: pages()[BOX], CFG: answer}))
        assert len(snapshot.objects) == len(simulated().objects)
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

    def test_a_packed_bomb_ends_at_the_limit(self, monkeypatch):
        monkeypatch.setattr(box_pages, "MAX_CONFIGURATION_BYTES", 4 << 20)
        bomb = gzip.compress(BODY + b"config change ETH0 /x y\r\n" * 4_000_000)
        snapshot = read(HostilePbx({BOX: pages()[BOX], CFG: http(bomb, "200 OK", *GZIP)}))
        assert "larger" in reasons(snapshot)
        assert len(snapshot.objects) == len(simulated().objects)

    def test_an_endless_body_ends_at_the_limit(self, monkeypatch):
        monkeypatch.setattr(box_pages, "MAX_CONFIGURATION_BYTES", len(BODY) + (1 << 20))

        def endless():
            yield http(BODY, length=1 << 40)
            while True:
                yield b"config change ETH0 /x y\r\n" * 1000

        snapshot = read(HostilePbx({BOX: pages()[BOX], CFG: endless}))
        assert "larger" in reasons(snapshot)
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL

    def test_a_body_that_drips_ends_with_the_time(self):
        pbx = HostilePbx(pages())

        def drip():
            yield http(BODY, length=1 << 40)
            while not pbx.over.wait(0.02):
                yield b"#"

        pbx.answers[CFG] = drip
        snapshot = read(pbx, deadline=3.0)
        assert says("time for reading ran out", reasons(snapshot))

    def test_an_answer_whose_head_drips_ends_with_the_time(self):
        pbx = HostilePbx(pages())

        def drip():
            yield b"HTTP/1.1 200 OK\r\nX-Slow: "
            while not pbx.over.wait(0.02):
                yield b"y"

        pbx.answers[CFG] = drip
        snapshot = read(pbx, deadline=3.0, timeout=5.0)
        assert says("time for reading ran out", reasons(snapshot, Area.SETTINGS))
        assert "passed" not in statuses(judge(snapshot, site_of())).values()

    def test_the_first_answer_whose_head_drips_is_an_error(self):
        pbx = HostilePbx({})

        def drip():
            yield b"HTTP/1.1 200 OK\r\nX-Slow: "
            while not pbx.over.wait(0.02):
                yield b"y"

        pbx.answers[BOX] = drip
        with pytest.raises(TargetError):
            read(pbx, deadline=0.5, timeout=5.0)

    def test_a_byte_order_mark_does_no_harm(self):
        snapshot = read(HostilePbx({BOX: pages()[BOX], CFG: http(b"\xef\xbb\xbf" + BODY)}))
        assert len(snapshot.objects) == len(simulated().objects)


class TestObjectPages:
    def lost(self, answer, **options):
        """Return the snapshot when one object answers otherwise, and that object."""
        one = simulated().objects[10]
        return read(HostilePbx({**pages(), page_of(one): answer}), **options), one

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            (None, "silent"),
            (lambda: [RESET], "connection was closed"),
            (lambda: [http(b"<info>", length=99), RESET], "connection broke"),
            (http(b"", "503 Service Unavailable"), "503"),
            (http(gzip.compress(b"<info/>")[:-3], "200 OK", *GZIP), "incomplete"),
            (http(b"<info/>"), "no PBX object"),
            (http(b'<info><user cn="x" guid="00" fax="1"/></info>'), "another object"),
        ],
    )
    @pytest.mark.parametrize("connections", [1, 4])
    def test_one_that_cannot_be_read_loses_no_other(self, answer, cause, connections):
        snapshot, one = self.lost(answer, max_connections=connections)
        assert len(snapshot.objects) == len(simulated().objects) - 1
        assert one.cn in reasons(snapshot)
        assert cause in reasons(snapshot)
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL

    @pytest.mark.parametrize(
        ("part", "is_gap"),
        [
            (b"<pseudo/>", True),
            (b'<cd type="sometimes"><ep e164="0"/></cd>', False),
            (b"<allow/>", False),
            (b"<unheard-of/>", False),
        ],
    )
    def test_what_its_page_shows_and_nobody_understands_is_accounted_for(self, part, is_gap):
        one = simulated().objects[10]
        page = responses.page([responses.whole(simulated(), one, templates=False)])
        shown = http(page.replace(b"</user></info>", part + b"</user></info>"))
        snapshot, _ = self.lost(shown, max_connections=1)
        assert len(snapshot.objects) == len(simulated().objects)
        assert (says("its kind is not understood", reasons(snapshot))) is is_gap
        assert all(one.cn in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))
        assert snapshot.objects[10].visible is not None
        (record,) = [record for record in snapshot.sources if record.kind == "object-list"]
        assert sum(tally.not_understood for tally in record.account) >= 1
        assert {place for tally in record.account for place in tally.places} == {11}

    def test_of_many_pages_that_nobody_understands_some_are_named_and_all_are_counted(self):
        answers = pages()
        many = simulated().objects[:30]
        for one in many:
            page = responses.page([responses.whole(simulated(), one, templates=False)])
            strange = page.replace(b"</user></info>", b"<pseudo/></user></info>")
            answers[page_of(one)] = http(strange)
        snapshot = read(HostilePbx(answers))
        assert 0 < len(snapshot.gaps_in(Area.OBJECTS)) <= 20
        (record,) = [record for record in snapshot.sources if record.kind == "object-list"]
        assert sum(tally.not_understood for tally in record.account) >= len(many)

    @pytest.mark.parametrize(
        ("part", "is_gap"), [(b"<more/>", True), (b'<lic name="Port"/>', False)]
    )
    def test_a_part_of_the_list_that_is_no_object_may_be_one(self, part, is_gap):
        page = list_page_of(simulated()).replace(b"</info>", part + b"</info>")
        snapshot = read(HostilePbx({**pages(), LIST: http(page)}))
        assert len(snapshot.objects) == len(simulated().objects)
        assert (says("a part that is no object", reasons(snapshot))) is is_gap

    def test_the_page_of_an_object_in_the_place_of_the_list_is_no_list(self):
        one = simulated().objects[10]
        answers = pages()
        snapshot = read(HostilePbx({**answers, LIST: answers[page_of(one)]}))
        assert len(snapshot.objects) == 1
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL

    def test_a_packed_bomb_ends_at_the_limit(self, monkeypatch):
        monkeypatch.setattr(http_connection, "MAX_PAGE_BYTES", 1 << 20)
        bomb = gzip.compress(b"<info>" + b" " * (100 << 20))
        snapshot, _ = self.lost(http(bomb, "200 OK", *GZIP))
        assert "larger" in reasons(snapshot)

    def test_two_objects_with_one_guid_are_read_once(self):
        first, second = simulated().objects[10:12]
        listed = list_page_of(simulated()).replace(second.guid.encode(), first.guid.encode())
        pbx = HostilePbx({**pages(), LIST: http(listed)})
        snapshot = read(pbx)
        assert says("same guid", reasons(snapshot))
        assert [path for _, path in pbx.requests].count(page_of(first)) == 1
        assert len(snapshot.objects) == len(simulated().objects) - 1


class _Rebooting(HostilePbx):
    """Answers a number of object pages, then hangs up on the next `misses` requests."""

    def __init__(self, answers, after, misses):
        super().__init__(answers)
        self._after, self._misses = after, misses
        self._lock = threading.Lock()

    def respond(self, method, target, body):
        with self._lock:
            self._after -= "user-guid=" in target
            is_away = self._after < 0 and self._misses > 0
            self._misses -= is_away
        return b"" if is_away else super().respond(method, target, body)


class TestReboot:
    def test_a_pbx_that_comes_back_is_read_whole(self):
        snapshot = read(_Rebooting(pages(), after=10, misses=2), max_connections=1)
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert len(snapshot.objects) == len(simulated().objects)

    @pytest.mark.parametrize("connections", [1, 4])
    def test_a_pbx_that_stays_away_is_not_asked_for_ever(self, connections):
        pbx = _Rebooting(pages(), after=10, misses=10**9)
        snapshot = read(pbx, max_connections=connections)
        assert 0 < len(snapshot.objects) <= 10
        assert says("stopped answering", reasons(snapshot))
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        # The other connections may be ahead of the one that notices.
        assert connections > 1 or len(pbx.requests) < len(simulated().objects)
        assert "passed" not in {
            statuses(judge(snapshot, site_of()))[name] for name in ("HD-07", "HD-10", "HD-14")
        }

    def test_before_anything_was_read_it_is_an_error(self):
        with pytest.raises(TargetError, match=sentence("does not answer in time")) as silent:
            read(HostilePbx({BOX: None}))
        assert "--timeout" in silent.value.advice


class _Overloaded(HostilePbx):
    """Answers the first two requests for objects with 503."""

    busy = 2

    def respond(self, method, target, body):
        if "user-guid=" in target and self.busy:
            self.busy -= 1
            return http(b"", "503 Service Unavailable")
        return super().respond(method, target, body)


def test_an_overloaded_pbx_is_asked_again():
    pbx = _Overloaded(pages())
    snapshot = read(pbx, max_connections=1, timeout=float(LIMIT))
    assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
    asked = [path for _, path in pbx.requests if "user-guid=" in path]
    assert len(asked) == len(simulated().objects) + 1 + 2
