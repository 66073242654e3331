"""SOAP as the last way to the objects: the same facts, page by page, and nothing dangerous."""

from __future__ import annotations

import re
from html import unescape
from xml.sax.saxutils import escape

import pytest

from auditor.errors import TargetError
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.effective_check import MAX_COMPARED
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.soap_envelope import (
    EnvelopeError,
    find_users_request,
    parse_answer,
    read_items,
    read_request,
    read_texts,
    show_request,
    version_request,
)
from auditor.sources.options import LiveOptions
from auditor.sources.saved_evidence import read_files
from tests.fixtures.hostile import http
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    PBX_PASSWORD,
    configuration_of,
    counted,
    facts,
    item,
    judge,
    simulated,
    site_of,
    statuses,
    text,
    undated,
    write,
)
from tests.fixtures.sentences import says
from tests.fixtures.soap import SoapPbx, answer, found, user

FAST = LiveOptions(back_off=0.0)
WITHOUT_PAGES = frozenset({"cfg", "show"})


def read(server, config="hardened", options=FAST, site=None):
    account = next(one for one in server.pbx.accounts if one.role == "admin")
    given = Credentials(account.username, account.password, server.pbx.pbx_password)
    return read_live(server.url, site or site_of(config), given, options)


def read_hostile(pbx, **options):
    given = LiveOptions(**{"back_off": 0.0, **options})
    return read_live(pbx.url, site_of(), Credentials("viewer", "x"), given)


class TestTheSameFacts:
    @pytest.mark.parametrize("config", CONFIGURATIONS)
    @pytest.mark.parametrize("connections", [1, 4])
    def test_as_from_the_file(self, tmp_path, config, connections):
        folder = write(tmp_path, {"cfg.txt": configuration_of(config)})
        site = counted(site_of(config), len(simulated(config).objects))
        expected = read_files(folder, site, PBX_PASSWORD)
        options = LiveOptions(max_connections=connections)
        with SimulatorServer(simulated(config), refuse=WITHOUT_PAGES) as server:
            snapshot = read(server, config, options, site)
        assert server.writes == 0
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert [facts(o) for o in undated(snapshot).objects] == [
            facts(o) for o in undated(expected).objects
        ]
        assert undated(snapshot).filters == undated(expected).filters
        assert statuses(judge(snapshot, site)) == {
            **statuses(judge(expected, site)),
            "HD-03": "unknown",
        }

    def test_it_names_the_box_when_box_info_is_refused(self):
        with SimulatorServer(simulated(), refuse=WITHOUT_PAGES | {"box_info"}) as server:
            snapshot = read(server)
        (box,) = snapshot.boxes
        assert (box.firmware, box.product) == ("13r3 service-release-12", "IP411")
        assert box.serial.replace("-", "") == simulated().box.serial

    def test_the_source_says_why_it_was_needed(self):
        with SimulatorServer(simulated(), refuse=WITHOUT_PAGES) as server:
            snapshot = read(server)
        (record,) = [one for one in snapshot.sources if one.kind == "soap"]
        assert "object list: the PBX answers 403" in record.note
        assert {one.source for one in snapshot.objects} == {"/PBX0/user.soap"}

    def test_while_another_way_is_open_it_is_asked_for_hot_desking_and_a_count_only(self):
        with SimulatorServer(simulated(), refuse=frozenset({"cfg"})) as server:
            read(server)
        hot_desk = site_of().hot_desk
        asked = [path for _, path in server.requests if "soap" in path]
        pages_of_names = len(server.pbx.objects) // 50 + 2
        assert len(hot_desk.base_users) <= len(asked)
        assert len(asked) <= 1 + len(hot_desk.users) + 1 + pages_of_names

    def test_its_requests_are_objects_and_pages(self):
        with SimulatorServer(simulated(), refuse=WITHOUT_PAGES) as server:
            read(server)
        posts = [path for method, path in server.requests if method == "POST"]
        objects = len(simulated().objects) + 1
        assert len(posts) <= objects + objects // 50 + 10 + MAX_COMPARED


class TestPages:
    def test_names_come_in_pages(self):
        names = [f"User {number:03}" for number in range(120)]
        with SoapPbx([user(name) for name in names]) as pbx:
            snapshot = read_hostile(pbx)
        assert sorted(one.cn for one in snapshot.objects) == names
        assert [(r.cn, r.flag, r.count) for r in pbx.requested if r.operation == "FindUser"] == [
            ("", False, 50),
            ("User 049", True, 50),
            ("User 099", True, 50),
            ("User 119", True, 50),
        ]

    def test_a_page_that_repeats_for_ever_ends_and_is_a_gap(self):
        page = found(user("A"), user("B"))
        with SoapPbx([user("A"), user("B")], pages=lambda _: page) as pbx:
            snapshot = read_hostile(pbx)
        assert {one.cn for one in snapshot.objects} == {"A", "B"}
        assert any("repeats" in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        assert sum(one.operation == "FindUser" for one in pbx.requested) == 2

    @pytest.mark.parametrize("last", ["", "*"])
    def test_a_page_that_cannot_be_gone_on_from_is_a_gap(self, last):
        with SoapPbx([user("A")], pages=lambda _: found(user("A"), user(last))) as pbx:
            snapshot = read_hostile(pbx)
        assert any("go on" in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))

    def test_a_later_page_that_is_refused_keeps_the_first(self):
        def pages(request):
            if request.flag:
                return http(b"", "500 Internal Server Error")
            return found(user("A"), user("B"))

        with SoapPbx([user("A"), user("B")], pages=pages) as pbx:
            snapshot = read_hostile(pbx)
        assert len(snapshot.objects) == 2
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL

    @pytest.mark.parametrize("name", ["item", "user", "No", "x:y"])
    def test_items_may_have_any_name(self, name):
        with SoapPbx([user("A")], item=name) as pbx:
            assert [one.cn for one in read_hostile(pbx).objects] == ["A"]

    def test_strange_names_are_asked_for_as_they_are(self):
        names = ["A&B <\"'>", "Ä ö", "tab\tend", " blank ", "]]>", "&amp;"]
        with SoapPbx([user(name) for name in names]) as pbx:
            snapshot = read_hostile(pbx)
        assert sorted(one.cn for one in snapshot.objects) == sorted(names)

    def test_a_name_with_an_asterisk_is_not_asked_for(self):
        with SoapPbx([user("A*"), user("B")]) as pbx:
            snapshot = read_hostile(pbx)
        assert [one.cn for one in snapshot.objects] == ["B"]
        assert any("asterisk" in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))
        assert all("*" not in one.cn for one in pbx.requested if one.operation == "Admin")


class TestTrouble:
    def test_an_object_that_is_gone_is_a_gap(self):
        with SoapPbx([user("A"), user("B")], shown={"B": []}) as pbx:
            snapshot = read_hostile(pbx)
        assert [one.cn for one in snapshot.objects] == ["A"]
        assert any("object B" in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))

    def test_a_part_of_an_object_that_nobody_understands_is_a_gap(self):
        strange = user("B").replace("/>", "><pseudo/></user>")
        with SoapPbx([user("A"), user("B")], shown={"B": [strange]}) as pbx:
            snapshot = read_hostile(pbx)
        assert len(snapshot.objects) == 2
        assert any("object B: " in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))
        (record,) = [one for one in snapshot.sources if one.kind == "soap"]
        assert sum(tally.not_understood for tally in record.account) == 1

    def test_an_answer_about_another_object_is_a_gap(self):
        with SoapPbx([user("A"), user("B")], shown={"B": [user("C")]}) as pbx:
            snapshot = read_hostile(pbx)
        assert [one.cn for one in snapshot.objects] == ["A"]
        assert any(says("another object", gap.reason) for gap in snapshot.gaps_in(Area.OBJECTS))

    def test_two_objects_with_one_guid_are_a_gap(self):
        with SoapPbx([user("A", guid="1"), user("B", guid="1")]) as pbx:
            snapshot = read_hostile(pbx)
        assert [one.cn for one in snapshot.objects] == ["A"]
        assert any(says("same guid", gap.reason) for gap in snapshot.gaps_in(Area.OBJECTS))

    @pytest.mark.parametrize(
        "reply",
        [
            http(b"<html/>"),
            http(b"", "403 Forbidden"),
            http(b"?\r\n"),
            http(b"not xml"),
            http(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
            http(answer("<ns:Fault><faultstring>Geheim-9</faultstring></ns:Fault>")),
            http(answer("<ns:OtherResponse/>")),
            http(answer("<ns:VersionResponse/>")),
            http(answer("")),
        ],
    )
    def test_what_shows_no_version_and_nothing_else_is_no_pbx(self, reply):
        with SoapPbx([user("A")], version=reply) as pbx, pytest.raises(TargetError) as refused:
            read_hostile(pbx)
        assert "Geheim" not in str(refused.value)


class TestEffectiveValues:
    TEMPLATE = '<user cn="T" h323="t" guid="2" filter="intern"><pseudo type="config"/></user>'
    BASE = '<user cn="Hot Desk Base" h323="hot-desk-base" guid="1" config="T" hide="true"/>'

    def applied(self, value):
        return self.BASE.replace("hide", f'filter="{value}" hide')

    def read(self, applied):
        users = [self.BASE, self.TEMPLATE]
        with SoapPbx(users, applied={"Hot Desk Base": [applied]}) as pbx:
            snapshot = read_hostile(pbx)
        base = next(one for one in snapshot.objects if one.h323 == "hot-desk-base")
        return base, [gap.reason for gap in snapshot.gaps_in(Area.OBJECTS)]

    @pytest.mark.parametrize("refuse", [frozenset(), frozenset({"cfg"}), WITHOUT_PAGES])
    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_whichever_way_it_was_read_the_pbx_agrees_and_the_report_says_so(self, refuse, config):
        with SimulatorServer(simulated(config), refuse=refuse) as server:
            snapshot = read(server, config)
        notes = " ".join(record.note for record in snapshot.sources)
        assert says("objects compared: all agree", notes, way="SOAP")
        assert server.writes == 0

    @pytest.mark.parametrize("refuse", [frozenset({"soap"}), frozenset({"admin"})])
    def test_where_soap_is_closed_it_is_asked_once_and_nothing_is_lost(self, refuse):
        with SimulatorServer(simulated(), refuse=refuse) as server:
            snapshot = read(server)
        assert sum("soap" in path for _, path in server.requests) <= 2  # one with the login
        assert any(
            says("effective values not compared", record.note) for record in snapshot.sources
        )
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

    @pytest.mark.parametrize(("applied", "agrees"), [("intern", True), ("alles", False)])
    def test_it_counts_though_the_configuration_was_read(self, applied, agrees):
        lines = [
            item('<user config="T"/>', cn="Hot Desk Base", h323="hot-desk-base", guid="1"),
            item('<user filter="intern"/>', '<pseudo type="config"/>', cn="T", guid="2"),
            item('<user pwd="00" key="00"/>', cn="_ADMIN_"),
        ]
        shown = f'<user cn="Hot Desk Base" h323="hot-desk-base" guid="1" filter="{applied}"/>'
        with SoapPbx([], applied={"Hot Desk Base": [shown]}) as pbx:
            pbx.answers["/cfg.txt"] = http(text(*lines))
            snapshot = read_hostile(pbx)
        differing = [g for g in snapshot.gaps_in(Area.OBJECTS) if says("another value", g.reason)]
        assert bool(differing) is not agrees
        base = next(one for one in snapshot.objects if one.h323 == "hot-desk-base")
        assert base.shows("filter") is agrees

    def test_agreement_is_no_gap(self):
        base, reasons = self.read(self.applied("intern"))
        assert [reason for reason in reasons if says("another value", reason)] == []
        assert base.shows("filter")

    def test_a_difference_is_a_gap_and_leaves_the_value_open(self):
        base, reasons = self.read(self.applied("alles"))
        (reason,) = (one for one in reasons if says("another value", one))
        assert "filter" in reason
        assert not base.shows("filter")
        assert base.shows("hide")

    @pytest.mark.parametrize(
        ("own", "inside", "part"),
        [
            ("", '<cd type="cfu"><ep e164="00900123"/></cd>', "cds"),
            ('<cd type="cfu"><ep e164="00900123"/></cd>', "", "cds"),
            ("", '<fork e164="00900123"/>', "forks"),
            ("", '<allow name="@x" visible="true"/>', "allows"),
            ('<device hw="a" tls="true"/>', '<device hw="a"/>', "devices"),
            ("", '<pseudo type="trunk"/>', "pseudo"),
        ],
    )
    def test_a_part_that_neither_the_object_nor_a_template_has_is_a_gap(self, own, inside, part):
        before, after = self.BASE.replace("/>", f">{own}</user>"), f">{inside}</user>"
        applied = self.BASE.replace("/>", after)
        with SoapPbx([before, self.TEMPLATE], applied={"Hot Desk Base": [applied]}) as pbx:
            snapshot = read_hostile(pbx)
        base = next(one for one in snapshot.objects if one.h323 == "hot-desk-base")
        (reason,) = [
            gap.reason
            for gap in snapshot.gaps_in(Area.OBJECTS)
            if says("another value", gap.reason)
        ]
        assert part in reason
        assert not base.shows(part)

    def test_a_part_that_a_template_gives_is_no_gap(self):
        allow = '<allow name="@x" visible="true"/>'
        template = self.TEMPLATE.replace("</user>", f"{allow}</user>")
        applied = self.applied("intern").replace("/>", f">{allow}</user>")
        with SoapPbx([self.BASE, template], applied={"Hot Desk Base": [applied]}) as pbx:
            snapshot = read_hostile(pbx)
        reasons = [gap.reason for gap in snapshot.gaps_in(Area.OBJECTS)]
        assert [one for one in reasons if says("another value", one)] == []


class TestEnvelopes:
    @pytest.mark.parametrize(
        "request_",
        [
            version_request(),
            find_users_request("A&B\r\n", after=True),
            show_request("Ä", as_configured=True),
        ],
    )
    def test_a_request_says_what_it_asks_for(self, request_):
        assert read_request(request_.to_bytes()) == request_

    def test_values_inside_the_command_are_escaped_twice(self):
        body = show_request("A&B", as_configured=False).to_bytes().decode()
        assert "A&amp;amp;B" in body
        assert '<user cn="A&amp;B"/>' in unescape(re.search(r"string\">(.*?)</xml>", body)[1])

    def test_both_styles_of_arrays_are_read(self):
        fields = "<cn>A</cn><guid>1</guid>"
        wrapped = f"<ns:FindUserResponse><return><x>{fields}</x></return></ns:FindUserResponse>"
        plain = f"<FindUserResponse><n:return>{fields}</n:return></FindUserResponse>"
        for inner in (wrapped, plain):
            items = read_items(parse_answer(answer(inner), "FindUser"))
            assert items == [{"cn": "A", "guid": "1"}]

    def test_an_answer_may_have_blanks_around_it(self):
        text = answer("<VersionResponse><a>1</a></VersionResponse>")
        assert read_texts(parse_answer(b"\r\n" + text + b"\r\n", "Version")) == ["1"]

    @pytest.mark.parametrize("body", [b"", b"<a/>", b"<a>", answer("<x/>")])
    def test_what_is_no_answer(self, body):
        with pytest.raises(EnvelopeError):
            parse_answer(body, "Version")


def test_the_answer_of_the_simulated_pbx_is_escaped_once():
    one = simulated().objects[0]
    page = responses.page([responses.whole(simulated(), one, templates=False)]).decode()
    text = answer(f"<AdminResponse><return>{escape(page)}</return></AdminResponse>")
    assert read_texts(parse_answer(text, "Admin")) == [page.strip()]
