"""The objects are counted twice where the account may: by which list, and what counts nothing."""

from __future__ import annotations

import gzip
from xml.sax.saxutils import quoteattr

import pytest

from auditor.dialects import load_dialect
from auditor.errors import SourceError
from auditor.model.account import ProofKind
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.site.credentials import Credentials
from auditor.sources.live import live_pbx
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from auditor.sources.parse.export import read_export
from auditor.sources.snapshot.assemble import assemble
from tests.fixtures.hostile import RESET, http
from tests.fixtures.pbx import configuration_of, list_page_of, read_names, simulated, site_of
from tests.fixtures.sentences import says
from tests.fixtures.soap import SoapPbx, answer, found, user
from tests.sources.test_faults import CFG, LIST, pages

PAGES = "/PBX0/ADMIN/mod_cmd_login.xml"
SOAP = "/PBX0/user.soap"
LISTED = list_page_of(simulated())
ALL = {(one.guid, one.cn, one.names.get("h323", "")) for one in simulated().everything}
NO_SOAP = http(status="403 Forbidden")


def named(one):
    """Return an object of the simulated PBX as FindUser of the hostile one shows it."""
    h323 = quoteattr(one.names.get("h323", ""))
    return f'<user cn={quoteattr(one.cn)} h323={h323} guid="{one.guid}"/>'


class Pbx(SoapPbx):
    """Everything is fine but what a test says; over SOAP are names, unless `soap` answers there.

    Only where neither configuration nor list is as it was, SOAP shows objects too.
    """

    def __init__(self, changes, soap=None, **special):
        super().__init__(map(named, simulated().everything), **special)
        self._soap = soap
        self._last_resort = {CFG, LIST} <= changes.keys()
        self.answers.update({**pages(), CFG: http(configuration_of()), **changes})

    def respond(self, method, target, body):
        is_closed = self._soap is not None or b"<ns1:Admin>" in body
        if method == "POST" and is_closed and not self._last_resort:
            return self._soap or NO_SOAP
        return super().respond(method, target, body)


@pytest.fixture
def read(monkeypatch):
    """Read a PBX; return the counts beside it, the snapshot and the notes of its sources."""
    batches = []

    def noted(batch, *rest):
        batches.append(batch)
        return assemble(batch, *rest)

    monkeypatch.setattr(live_pbx, "assemble", noted)

    def run(pbx, timeout=30.0):
        options = LiveOptions(back_off=0.0, timeout=timeout)
        with pbx:
            snapshot = read_live(pbx.url, site_of(), Credentials("viewer", "x"), options)
        notes = " | ".join(record.note for record in snapshot.sources)
        return list(batches[-1].listed), snapshot, notes

    return run


def asked_for_names(pbx):
    return [one for one in pbx.requested if one.operation == "FindUser"]


class TestWhichList:
    def test_the_configuration_is_counted_by_the_list(self, read):
        pbx = Pbx({})
        (names,), snapshot, notes = read(pbx)
        assert names.source == PAGES
        assert set(names.entries) == ALL
        assert len(names.entries) == len(ALL)
        assert asked_for_names(pbx) == []
        assert [path for _, path in pbx.requests].count(LIST) == 1
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert not says("not counted", notes)
        (record,) = [one for one in snapshot.sources if one.kind == "object-list"]
        assert record.size == len(LISTED)

    @pytest.mark.parametrize(
        "cfg",
        [NO_SOAP, http(b"?\r\n"), http(responses.configuration(simulated(), 1, objects=False))],
    )
    def test_the_list_is_counted_by_soap_and_not_by_itself(self, read, cfg):
        (names,), _, notes = read(Pbx({CFG: cfg}))
        assert names.source == SOAP
        assert {entry[:2] for entry in names.entries} == {entry[:2] for entry in ALL}
        assert not says("not counted", notes)

    def test_soap_counts_the_configuration_where_the_list_is_refused(self, read):
        (names,), snapshot, notes = read(Pbx({LIST: NO_SOAP}))
        assert names.source == SOAP
        assert says("not counted", notes)
        assert "403" in notes
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

    def test_the_last_way_to_the_objects_has_no_second_count(self, read):
        listed, snapshot, _ = read(Pbx({CFG: NO_SOAP, LIST: NO_SOAP}))
        assert listed == []
        assert snapshot.objects

    @pytest.mark.parametrize(
        "refusal",
        [
            NO_SOAP,
            http(status="404 Not Found"),
            http(b"?\r\n"),
            http(status="401 Unauthorized"),
            http(b"", "401 Unauthorized", 'WWW-Authenticate: Digest realm="x", nonce="y"'),
        ],
    )
    def test_a_refusal_everywhere_is_no_gap(self, read, refusal):
        listed, snapshot, notes = read(Pbx({LIST: refusal}))
        assert snapshot.objects
        assert says("not counted", notes)
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert [names.source for names in listed] == [SOAP]


BROKEN = {
    "cut": http(LISTED[: len(LISTED) // 2]),
    "cut by the connection": lambda: [http(LISTED[:900], length=len(LISTED)), RESET],
    "stalls": lambda: [http(LISTED[:900], length=len(LISTED)), None],
    "never comes": None,
    "500": http(status="500 Internal Server Error"),
    "empty": http(),
    "blank": http(b"\r\n\r\n"),
    "no object": http(b"<info/>"),
    "HTML": http(b"<html><body/></html>"),
    "bad HTML": http(b"<!DOCTYPE html><html><br></html>"),
    "DTD": http(b'<!DOCTYPE x [<!ENTITY a "b">]><info><user cn="&a;"/></info>'),
    "a part that is no object": http(LISTED.replace(b"</info>", b"<more/></info>")),
    "an object without a name": http(LISTED.replace(b"</info>", b'<user loc="x"/></info>')),
    "text behind it": http(LISTED + b"<info/>"),
    "an encoding of its own": http(LISTED.replace(b"utf-8", b"ebcdic-x")),
    "another encoding": http(LISTED.decode().encode("latin-1", "replace")),
    "packed and cut": http(gzip.compress(LISTED)[:-20], "200 OK", "Content-Encoding: gzip"),
    "packed as was not asked": http(LISTED, "200 OK", "Content-Encoding: br"),
    "redirected": http(b"", "302 Found", "Location: /x"),
}
SILENT = {"stalls", "never comes"}


class TestDamage:
    @pytest.mark.parametrize("kind", BROKEN)
    def test_a_damaged_list_counts_nothing_and_is_noted(self, read, kind):
        timeout = 1.0 if kind in SILENT else 30.0
        listed, snapshot, notes = read(Pbx({LIST: BROKEN[kind]}, soap=NO_SOAP), timeout)
        assert all(one.is_part for one in listed)
        assert snapshot.proofs[Area.OBJECTS].kind is not ProofKind.COUNTED
        assert says("not counted", notes)
        assert says("not counted", notes, reason="SOAP: ")
        assert len(snapshot.objects) == len(simulated().objects)

    @pytest.mark.parametrize(
        "other",
        [
            (b"<user ", b'<user cn="Stranger" h323="stranger" guid="' + b"ab" * 16 + b'"/><user '),
            (b' h323="hot-desk-base"', b' h323="hot-desk-base" hide="false"'),
        ],
        ids=["a stranger", "another value"],
    )
    @pytest.mark.parametrize("kind", ["cut", "cut by the connection", "no XML"])
    def test_what_came_before_the_damage_is_compared(self, read, other, kind):
        page = LISTED.replace(*other, 1)
        assert page != LISTED
        begun = page[: -len(b"</info>")]
        answers = {
            "cut": http(begun),
            "cut by the connection": lambda: [http(begun, length=len(page)), RESET],
            "no XML": http(begun + b"<user cn='a' & />"),
        }
        _, snapshot, notes = read(Pbx({LIST: answers[kind]}, soap=NO_SOAP))
        assert says("not counted", notes)
        assert [gap for gap in snapshot.gaps if gap.area == Area.OBJECTS]
        assert snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE

    def test_what_pages_are_known_to_show_beside_objects_is_no_damage(self, read):
        page = LISTED.replace(b"</info>", b'<lic name="Port" count="5"/></info>')
        (names,), _, _ = read(Pbx({LIST: http(page)}))
        assert set(names.entries) == ALL

    def test_a_list_packed_as_asked_for_counts(self, read):
        packed = http(gzip.compress(LISTED), "200 OK", "Content-Encoding: gzip")
        (names,), _, _ = read(Pbx({LIST: packed}))
        assert set(names.entries) == ALL

    def test_chunks_that_make_another_length_than_is_stated_are_damage(self, read):
        # A proxy that turns what a lost connection left into chunks, and keeps the old length.
        shorter = LISTED.replace(named_row(3), b"")
        chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(shorter), shorter)
        head = "\r\n".join([
            "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", f"Content-Length: {len(LISTED)}",
            "Connection: close", "", "",
        ]).encode()  # fmt: skip
        listed, _, notes = read(Pbx({LIST: head + chunked}, soap=NO_SOAP))
        assert [one.is_part for one in listed] == [True]
        assert says("not as long as it says", notes)


def named_row(index):
    """Return the row of an object in the list page."""
    page = responses.page([responses.summary(simulated().objects[index])])
    return page[page.index(b"<user") : page.rindex(b"</info>")]


def counted(number, *users):
    """Return a page of names that states how many it has."""
    stated = b'<return e:arrayType="ns:UserInfo[%d]">' % number
    return found(*users, stated=stated.decode())


class TestPagesOfNames:
    @pytest.mark.parametrize("stated", ["ns:UserInfo[1]", "ns:UserInfo[]", "ns:UserInfo", "x[a]"])
    def test_a_page_may_state_its_number_or_not(self, read, stated):
        def answers(request):
            own = [] if request.flag else [user("A")]
            number = stated if own else stated.replace("1", "0")
            return found(*own, stated=f'<return e:arrayType="{number}">')

        (names,), _, _ = read(Pbx({LIST: NO_SOAP}, pages=answers))
        assert [cn for _, cn, _ in names.entries] == ["A"]

    @pytest.mark.parametrize(
        ("answers", "reason"),
        [
            (lambda _: found(user("A"), user("B")), "repeats"),
            (lambda _: found(user("A"), user("")), "no name to go on from"),
            (lambda r: found() if r.flag else found(user(""), user("B")), "without a name"),
            (lambda r: found() if r.flag else counted(3, user("A"), user("B")), "than it states"),
            (lambda r: found() if r.flag else counted(0, user("A"), user("B")), "than it states"),
            (lambda _: counted(50), "than it states"),
            (lambda r: NO_SOAP if r.flag else found(user("A")), "a page of names"),
            (lambda r: http(answer("<x/>")) if r.flag else found(user("A")), "another request"),
            (lambda r: http(b"<html/>") if r.flag else found(user("A")), "not SOAP"),
            (lambda r: http(b"<a>") if r.flag else found(user("A")), "XML is broken"),
            (lambda r: http() if r.flag else found(user("A")), "XML is broken"),
        ],
    )
    def test_pages_that_may_not_be_all_count_nothing(self, read, answers, reason):
        listed, snapshot, notes = read(Pbx({LIST: NO_SOAP}, pages=answers))
        assert all(one.is_part for one in listed)
        assert snapshot.proofs[Area.OBJECTS].kind is not ProofKind.COUNTED
        assert says("not counted", notes, reason="SOAP: ")
        assert reason in notes
        # What they name is not among the objects that were read.
        assert (snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE) == (not listed)

    def test_in_the_last_resort_an_object_without_a_name_is_a_gap(self, read):
        def answers(request):
            return found() if request.flag else found(user(""), user("B"))

        pbx = SoapPbx([user("B")], pages=answers)
        _, snapshot, _ = read(pbx)
        assert [one.cn for one in snapshot.objects] == ["B"]
        assert any(says("without a name", gap.reason) for gap in snapshot.gaps_in(Area.OBJECTS))


class TestNames:
    def names(self, text, *known):
        return read_names([text], "list", known).entries

    def test_special_objects_are_named_as_they_are(self):
        text = b'<info><user cn="_MASTER_"/><user cn="_ADMIN_" guid="1" h323="pbx-admin"/></info>'
        assert self.names(text) == (("", "_MASTER_", ""), ("1", "_ADMIN_", "pbx-admin"))

    def test_elements_inside_an_object_are_no_objects(self):
        text = b'<info><user cn="A"><pseudo><user cn="B"/></pseudo></user></info>'
        assert self.names(text) == (("", "A", ""),)

    @pytest.mark.parametrize("size", [1, 7, 4096])
    def test_however_it_arrives(self, size):
        text = b"\r\n " + LISTED
        blocks = [text[at : at + size] for at in range(0, len(text), size)]
        assert set(read_names(blocks, "list").entries) == ALL

    def test_it_names_what_the_reader_of_objects_reads(self):
        reading = read_export(LISTED, "list", load_dialect("documented"))
        names = {(one.guid, one.cn, one.h323) for one in reading.objects}
        assert {entry for entry in self.names(LISTED) if entry[1] != "_ADMIN_"} == names

    def test_texts_that_are_there_already_are_not_kept_twice(self):
        known = read_export(LISTED, "list", load_dialect("documented")).objects
        by_guid = {one.guid: one for one in known}
        for guid, cn, _ in self.names(LISTED, *known):
            assert guid not in by_guid or (by_guid[guid].guid is guid and by_guid[guid].cn is cn)

    @pytest.mark.parametrize("text", [b"", b"<info>", b"<info/>", b"<user cn='A'/>"])
    def test_what_is_no_list(self, text):
        with pytest.raises(SourceError):
            self.names(text)
