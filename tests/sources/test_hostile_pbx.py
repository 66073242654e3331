"""A PBX that answers nonsense, breaks off or lures elsewhere: a gap or an error, never a crash."""

from __future__ import annotations

import gzip

import pytest

from auditor.errors import AuditorError, TargetError
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.site.credentials import Credentials
from auditor.sources.live import box_pages, http_connection
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import HostilePbx, http
from tests.fixtures.pbx import configuration_of, judge, list_page_of, simulated, site_of, statuses

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
LIST = f"{SHOW}?cmd=show&user=*"
BOX = "/CMD0/box_info.xml"
CFG = "/cfg.txt"
GOOD_BOX = http(responses.box_info(simulated().box))
GOOD_CFG = http(configuration_of())


def page_of(one):
    return f"{SHOW}?cmd=show&user-guid={one.guid}"


def pages(**changes):
    """Return good answers for everything but the configuration."""
    pbx = simulated()
    answers = {BOX: GOOD_BOX, LIST: http(list_page_of(pbx))}
    for one in (*pbx.objects, pbx.admin):
        answers[page_of(one)] = http(responses.page([responses.whole(pbx, one, templates=False)]))
    return answers | changes


def read(answers, **options):
    given = LiveOptions(**{"back_off": 0.0, **options})
    with HostilePbx(answers) as pbx:
        snapshot = read_live(pbx.url, site_of(), Credentials("viewer", "x", None), given)
    return snapshot, [path for _, path in pbx.requests]


BAD_PAGES = {
    "redirect": http(b"", "302 Found", "Location: http://127.0.0.1:9/cfg.txt"),
    "redirect to nowhere": http(b"", "302 Found"),
    "redirect to nonsense": http(b"", "302 Found", "Location: http://["),
    "redirect to a write": http(b"", "301 Moved", "Location: /!config%20change%20PBX0"),
    "error": http(b"<html>error</html>", "500 Internal Server Error"),
    "nothing there": http(b"", "404 Not Found"),
    "forbidden": http(b"", "403 Forbidden"),
    "no content": http(b"", "204 No Content"),
    "unknown module": http(b"?\r\n"),
    "empty": http(b""),
    "html": http(b"<html><head><title>Login</title></head><body>Hello</body></html>"),
    "doctype": http(b"<!DOCTYPE html><html><user/></html>"),
    "laughs": http(b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l><user cn="&b;"/></l>'),
    "nul bytes": http(b"\0" * 500),
    "half of utf-16": http("<info><user/></info>".encode("utf-16")[:-1]),
    "bad gzip": http(b"not gzip", "200 OK", "Content-Encoding: gzip"),
    "nothing but a list": http(b"<info/>"),
}


@pytest.mark.parametrize("kind", BAD_PAGES)
class TestBadPages:
    def test_as_configuration_the_object_pages_are_read(self, kind):
        snapshot, asked = read(pages(**{CFG: BAD_PAGES[kind]}))
        assert len(snapshot.objects) == len(simulated().objects)
        assert snapshot.gaps_in(Area.SETTINGS)
        assert "passed" not in statuses(judge(snapshot, site_of()))["HD-03"]
        assert not [path for path in asked if "!" in path]

    def test_as_box_information_the_rest_is_read(self, kind):
        snapshot, _ = read({BOX: BAD_PAGES[kind], CFG: GOOD_CFG})
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

    def test_as_object_list_it_is_a_gap(self, kind):
        snapshot, _ = read({BOX: GOOD_BOX, CFG: http(b"?\r\n"), LIST: BAD_PAGES[kind]})
        assert snapshot.coverage(Area.OBJECTS) is Coverage.MISSING
        assert snapshot.gaps_in(Area.OBJECTS)[0].reason
        assert set(statuses(judge(snapshot, site_of())).values()) == {"unknown"}

    def test_as_the_page_of_one_object_the_others_are_read(self, kind):
        lost = simulated().objects[10]
        answers = pages(**{CFG: http(b"?\r\n"), page_of(lost): BAD_PAGES[kind]})
        snapshot, _ = read(answers)
        assert len(snapshot.objects) == len(simulated().objects) - 1
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        assert any(lost.cn in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))

    def test_as_the_page_of_the_admin_object_the_filters_are_missing(self, kind):
        answers = pages(**{CFG: http(b"?\r\n"), page_of(simulated().admin): BAD_PAGES[kind]})
        snapshot, _ = read(answers)
        assert snapshot.coverage(Area.CALL_FILTERS) is Coverage.MISSING
        found = statuses(judge(snapshot, site_of()))
        assert {found[name] for name in ("HD-02", "HD-05", "HD-06", "HD-09")} == {"unknown"}


class TestCutOff:
    def cut(self, share):
        body = configuration_of()
        return http(body[: int(len(body) * share)], length=len(body))

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
    def test_a_configuration_that_breaks_off_passes_nothing_it_may_have_lost(self, share):
        snapshot, _ = read({BOX: GOOD_BOX, CFG: self.cut(share)})
        assert snapshot.objects
        for area in (Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS):
            assert snapshot.coverage(area) is not Coverage.COMPLETE
        found = statuses(judge(snapshot, site_of()))
        assert {found[name] for name in ("HD-05", "HD-07", "HD-10", "HD-14")} == {"unknown"}

    def test_one_that_breaks_off_before_the_objects_falls_back(self):
        snapshot, _ = read(pages(**{CFG: self.cut(0.01)}))
        assert len(snapshot.objects) == len(simulated().objects)

    @pytest.mark.parametrize("path", [BOX, LIST, page_of(simulated().objects[10])])
    def test_a_page_that_breaks_off_does_not_lose_the_rest(self, path):
        whole = pages()[path]
        broken = whole[: len(whole) - 40]
        snapshot, _ = read(pages(**{CFG: http(b"?\r\n"), path: broken}))
        assert snapshot.gaps
        assert path == LIST or len(snapshot.objects) >= len(simulated().objects) - 1

    def test_a_packed_configuration_is_unpacked(self):
        packed = http(gzip.compress(configuration_of()), "200 OK", "Content-Encoding: gzip")
        snapshot, _ = read({BOX: GOOD_BOX, CFG: packed})
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE


class TestLimits:
    def test_an_endless_configuration_ends(self, monkeypatch):
        body = configuration_of() + b"config change ETH0\r\n" * 50_000
        monkeypatch.setattr(box_pages, "MAX_CONFIGURATION_BYTES", len(body) // 2)
        snapshot, _ = read({BOX: GOOD_BOX, CFG: http(body)})
        assert any("larger" in gap.reason for gap in snapshot.gaps)
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL

    def test_an_endless_page_is_a_gap(self, monkeypatch):
        monkeypatch.setattr(http_connection, "MAX_PAGE_BYTES", 2000)
        snapshot, _ = read(pages(**{CFG: http(b"?\r\n")}))
        assert any("larger" in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))

    def test_time_runs_out(self):
        with pytest.raises(TargetError, match=r"ran out|in time"):
            read(pages(**{CFG: GOOD_CFG}), deadline=0.0)


class TestLures:
    @pytest.mark.parametrize(
        "guid",
        [
            "x&amp;cmd=submit-object",
            "../../!config change",
            "1 HTTP/1.1&#13;&#10;GET /!reset",
            "",
            "a" * 65,
            "ü",
            "*",
            "#",
        ],
    )
    def test_a_hostile_guid_is_never_sent_and_loses_nothing_else(self, guid):
        one = simulated().objects[20]
        listed = list_page_of(simulated()).decode().replace(one.guid, guid)
        snapshot, asked = read(pages(**{CFG: http(b"?\r\n"), LIST: http(listed.encode())}))
        assert len(snapshot.objects) == len(simulated().objects) - 1
        assert any(one.cn in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))
        assert set(asked) <= {CFG, "/PBX0/user.soap", *pages()}

    @pytest.mark.parametrize(
        "challenge",
        [
            "Digest",
            'Digest realm="x"',
            'Digest realm="x", nonce="y", algorithm=FUTURE-512',
            'Digest realm="x", nonce="y", qop="auth-int"',
            'Digest realm="x", nonce="y", qop="nonsense"',
            'Digest realm="ü", nonce="y"',
            "Digest realm=, nonce=",
            'Basic realm="x"',
            "Negotiate",
            "",
        ],
    )
    @pytest.mark.parametrize("path", [BOX, CFG])
    def test_a_strange_challenge_is_an_error_for_people(self, challenge, path):
        asks = http(b"", "401 Unauthorized", f"WWW-Authenticate: {challenge}")
        with pytest.raises(TargetError) as refused:
            read(pages(**{CFG: GOOD_CFG, path: asks}))
        assert refused.value.where.startswith("http://127.0.0.1")

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"\x16\x03\x01",
            b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
            b"SSH-2.0-dropbear\r\n",
        ],
        ids=["nothing", "tls", "length", "header", "ssh"],
    )
    def test_what_is_no_http_is_an_error_for_people(self, answer):
        with pytest.raises(AuditorError) as refused:
            read({BOX: answer, CFG: answer, LIST: answer})
        assert refused.value.advice

    def test_credentials_are_not_sent_to_where_a_redirect_leads(self):
        with HostilePbx({}) as other:
            away = http(b"", "302 Found", f"Location: {other.url}/cfg.txt")
            read(pages(**{CFG: away, BOX: away}))
        assert other.requests == []
