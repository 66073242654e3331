"""The read-only transport: what is not listed is never sent, however it is written."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import ForbiddenRequestError, InputError
from auditor.sources.live.login import parse_address
from auditor.sources.live.read_only import ALLOWED_REQUESTS, ReadOnlyTransport, is_allowed
from auditor.sources.live.soap_envelope import (
    CONTENT_TYPE,
    Request,
    find_users_request,
    show_request,
    version_request,
)
from tests.fixtures.sentences import sentence

BASE = "http://127.0.0.1"
SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
GUID = "c9ebcc5914bd5e01c8020090334106ee"
LISTED = [
    "/CMD0/box_info.xml",
    "/cfg.txt",
    f"{SHOW}?cmd=show&user=*",
    f"{SHOW}?user=*&cmd=show",
    f"{SHOW}?cmd=show&user-guid={GUID}",
    f"{SHOW}?cmd=show&user-guid={GUID.upper()}",
]
FORBIDDEN_TARGETS = [
    "/",
    "",
    "/!config%20change%20PBX0%20/x",
    "/!config change PBX0",
    "/%21config%20change",
    "/cfg.txt/!config",
    "/!mod%20cmd%20UP1%20check%20ireset",
    "/CMD0/mod_cmd.xml?cmd=ireset",
    "/CMD0/reset",
    f"{SHOW}?cmd=submit-object&cn=x&h323=x",
    f"{SHOW}?cmd=form",
    f"{SHOW}?cmd=form&user=*",
    f"{SHOW}?cmd=reset",
    f"{SHOW}?cmd=delete-object&user-guid={GUID}",
    f"{SHOW}?cmd=xml-info",
    f"{SHOW}?cmd=show",
    f"{SHOW}",
    f"{SHOW}?",
    f"{SHOW}?user=*",
    f"{SHOW}?cmd=show&user=hot-desk-base",
    f"{SHOW}?cmd=show&user=**",
    f"{SHOW}?cmd=show&user=",
    f"{SHOW}?cmd=show&user",
    f"{SHOW}?cmd=show&user=*&op=OK",
    f"{SHOW}?cmd=show&user=*&submit",
    f"{SHOW}?cmd=show&user=*&user-guid={GUID}",
    f"{SHOW}?cmd=show&user=*&cmd=submit-object",
    f"{SHOW}?cmd=submit-object&cmd=show&user=*",
    f"{SHOW}?cmd=show&cmd=show&user=*",
    f"{SHOW}?cmd=show&user=*&user=*",
    f"{SHOW}?cmd=show;cmd=submit-object&user=*",
    f"{SHOW}?cmd=show&user=*;cmd=submit-object",
    f"{SHOW}?cmd=show%26cmd=submit-object&user=*",
    f"{SHOW}?cmd=show%00&user=*",
    f"{SHOW}?cmd=show%0a&user=*",
    f"{SHOW}?cmd=show%0d%0aX:y&user=*",
    f"{SHOW}?cmd=show+&user=*",
    f"{SHOW}?cmd=SHOW&user=*",
    f"{SHOW}?CMD=show&user=*",
    f"{SHOW}?cmd[]=show&user=*",
    f"{SHOW}?cmd=%2573how&user=*",
    f"{SHOW}?cmd=show&user-guid=",
    f"{SHOW}?cmd=show&user-guid=*",
    f"{SHOW}?cmd=show&user-guid={GUID}%20",
    f"{SHOW}?cmd=show&user-guid={GUID}%0a",
    f"{SHOW}?cmd=show&user-guid={'a' * 65}",
    f"{SHOW}?cmd=show&user-guid=../{GUID}",
    f"{SHOW};x?cmd=show&user=*",
    f"{SHOW}%3fcmd=show&user=*",
    f"{SHOW}/?cmd=show&user=*",
    "/PBX0/ADMIN/mod_cmd.xml?cmd=show&user=*",
    "/pbx0/admin/mod_cmd_login.xml?cmd=show&user=*",
    "/PBX1/ADMIN/mod_cmd_login.xml?cmd=show&user=*",
    "/PBX0/ADMIN/mod_cmd_login%2exml?cmd=show&user=*",
    "/PBX0//ADMIN/mod_cmd_login.xml?cmd=show&user=*",
    "//PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user=*",
    "/x/../PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user=*",
    "/./cfg.txt",
    "/x/../cfg.txt",
    "/..//cfg.txt",
    "//cfg.txt",
    "/cfg.txt/",
    "/cfg.txt%20",
    "/cfg.txt%00",
    "/cfg.txt;x",
    "/cfg.txt?x",
    "/cfg.txt?cmd=ireset",
    "/cfg%2etxt",
    "/%63fg.txt",
    "/CFG.TXT",
    "/cfg.TXT",
    "/cfg-standard.txt",
    "/CFG-STANDARD.TXT",
    "/complete.txt",
    "/log.txt",
    "/CMD0/box_info.xml?x=1",
    "/cmd0/box_info.xml",
    "/PBX0/user.soap",
    "/PBX0/ADMIN/MonitorAdminObject",
    "cfg.txt",
    "*",
    f"{BASE}/cfg.txt",
]


class Recorder(httpx.BaseTransport):
    def __init__(self):
        self.targets = []
        self.closed = False

    def handle_request(self, request):
        self.targets.append(request.url.raw_path.decode())
        return httpx.Response(200)

    def close(self):
        self.closed = True


def raw(target, method="GET", **more):
    """Return a request whose target is sent exactly as written."""
    request = httpx.Request(method, f"{BASE}/", **more)
    request.url = RawUrl(target)
    return request


class RawUrl(httpx.URL):
    def __init__(self, target):
        super().__init__(f"{BASE}/")
        self._target = target

    @property
    def raw_path(self):
        return self._target.encode()

    @property
    def path(self):
        return self._target


@pytest.mark.parametrize("target", LISTED)
def test_what_is_listed_is_sent(target):
    recorder = Recorder()
    with httpx.Client(transport=ReadOnlyTransport(recorder), base_url=BASE) as client:
        assert client.get(target).status_code == 200
    assert recorder.targets == [target]
    assert recorder.closed


@pytest.mark.parametrize("target", FORBIDDEN_TARGETS)
def test_what_is_not_listed_is_not_sent(target):
    recorder = Recorder()
    with pytest.raises(ForbiddenRequestError, match=sentence("nothing was sent")) as refused:
        ReadOnlyTransport(recorder).handle_request(raw(target))
    assert "report" in refused.value.advice
    assert recorder.targets == []


@pytest.mark.parametrize("target", FORBIDDEN_TARGETS)
def test_what_a_client_makes_of_it_is_listed_or_not_sent(target):
    recorder = Recorder()
    with httpx.Client(transport=ReadOnlyTransport(recorder), base_url=BASE) as client:
        try:
            client.get(target)
        except (ForbiddenRequestError, httpx.InvalidURL, httpx.UnsupportedProtocol):
            assert recorder.targets == []
        else:
            assert set(recorder.targets) <= set(LISTED)


@pytest.mark.parametrize("target", LISTED)
@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "SUBMIT", "GET "]
)
def test_every_other_method_is_refused(method, target):
    assert not is_allowed(raw(target, method))


@pytest.mark.parametrize("target", LISTED)
@pytest.mark.parametrize(
    "more",
    [
        {"content": b"cmd=submit-object"},
        {"content": iter([b"cmd=submit-object"])},
        {"data": {"cmd": "submit-object"}},
        {"json": {"cmd": "submit-object"}},
        {"headers": {"Content-Length": "17"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
    ],
    ids=["content", "stream", "form", "json", "length", "chunked"],
)
def test_a_request_with_a_body_is_refused(target, more):
    assert not is_allowed(raw(target, **more))


def test_the_list_names_reading_only_and_says_why():
    assert all(row.reason for row in ALLOWED_REQUESTS)
    for row in ALLOWED_REQUESTS:
        assert row.arguments.get("cmd", "show") == "show"
        assert not re.search(r"!|standard|Monitor", row.path)
        if row.method == "GET":
            assert "soap" not in row.path
        else:
            assert (row.method, row.path) == ("POST", "/PBX0/user.soap")
            assert (row.operation, row.command) in {
                ("Version", ""),
                ("FindUser", ""),
                ("Admin", "show"),
            }


PARTS = [
    *("/", "//", "/.", "/..", "cfg.txt", "CMD0", "box_info.xml", "PBX0", "ADMIN", "?", "&", "="),
    *("mod_cmd_login.xml", "cmd", "show", "user", "user-guid", "*", GUID, "submit-object", ";"),
    *("%", "%2f", "%63", "%00", "#", "!", "!config change", "+", " ", "cfg-standard.txt", "reset"),
]


def plain(target):
    """Return a listed target with its arguments in a fixed order."""
    path, _, query = target.partition("?")
    return path, sorted(part for part in query.split("&") if part)


@settings(deadline=None, max_examples=500)
@given(
    st.one_of(
        st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
        st.tuples(st.sampled_from(LISTED), st.sampled_from(PARTS), st.integers(0, 90)).map(
            lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :]
        ),
    )
)
def test_whatever_is_allowed_is_on_the_list(target):
    if is_allowed(raw(target)):
        path, arguments = plain(target)
        decoded = [re.sub(r"%(..)", lambda m: chr(int(m[1], 16)), part) for part in arguments]
        guid = next((part for part in decoded if part.startswith("user-guid=")), "")
        assert (path, decoded) in [
            ("/CMD0/box_info.xml", []),
            ("/cfg.txt", []),
            (SHOW, ["cmd=show", "user=*"]),
            (SHOW, ["cmd=show", guid]),
        ]
        assert not guid or re.fullmatch(r"user-guid=[0-9a-fA-F]{1,64}", guid)


def soap(body, url=f"{BASE}/PBX0/user.soap", method="POST", **headers):
    """Return a SOAP request; its `SOAPAction` fits the operation unless another is given."""
    operation = re.search(rb"ns1:(\w+)", body)
    named = operation[1].decode() if operation else "Admin"
    given = {
        "Content-Type": CONTENT_TYPE,
        "SOAPAction": f'"http://innovaphone.com/pbx#{named}"',
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return httpx.Request(method, url, content=body, headers=given)


SHOW_ONE = show_request("m.mueller", as_configured=True).to_bytes()
READING = [
    version_request(),
    find_users_request("", after=False),
    find_users_request("Müller & Söhne <\"'>\r\n\t]]>", after=True),
    show_request("_ADMIN_", as_configured=True),
    show_request("A&B \"x\" 'y' <z>\r\n\t", as_configured=False),
]


@pytest.mark.parametrize("request_", READING, ids=lambda r: f"{r.operation}-{r.cn[:6]}")
def test_soap_that_only_reads_is_sent(request_):
    assert is_allowed(soap(request_.to_bytes()))


DANGEROUS_COMMANDS = [
    "modify",
    "add",
    "delete",
    "del",
    "add-attrib",
    "del-attrib",
    "Show",
    "x:show",
]
DANGEROUS_BODIES = {
    **{f"<{c}>": Request("Admin", "x", command=c).to_bytes() for c in DANGEROUS_COMMANDS},
    **{
        f"show {cn!r}": show_request(cn, as_configured=True).to_bytes()
        for cn in ("*", "", "**", " *", "a*", "*\n")
    },
    **{
        f"count {count}": Request("FindUser", "", count=count).to_bytes()
        for count in (51, 100, 10**9, 0, -1)
    },
    **{f"find {cn!r}": Request("FindUser", cn, count=50).to_bytes() for cn in ("*", " * ")},
    **{
        operation: Request(operation, "x", command="show").to_bytes()
        for operation in (
            *("MonitorAdminObject", "Initialize", "UserCall", "SetPresence", "admin", "ADMIN"),
            *("AdminX", "License", "Echo", "Poll", "End", "UserEnd", ""),
        )
    },
    "two operations": SHOW_ONE.replace(
        b"</SOAP-ENV:Body>", b"<ns1:Admin><xml>x</xml></ns1:Admin></SOAP-ENV:Body>"
    ),
    "two bodies": SHOW_ONE.replace(
        b"</SOAP-ENV:Envelope>", b"<SOAP-ENV:Body><a/></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ),
    "a header": SHOW_ONE.replace(b"<SOAP-ENV:Body>", b"<SOAP-ENV:Header/><SOAP-ENV:Body>"),
    "two commands": SHOW_ONE.replace(
        b"</xml>", b"</xml><xml>&lt;modify&gt;&lt;user/&gt;&lt;/modify&gt;</xml>"
    ),
    "two users": SHOW_ONE.replace(b"&lt;/show", b"&lt;user cn=&quot;*&quot;/&gt;&lt;/show"),
    "nested": SHOW_ONE.replace(b"/&gt;&lt;/show", b"&gt;&lt;modify/&gt;&lt;/user&gt;&lt;/show"),
    "more attributes": SHOW_ONE.replace(b" config=", b" pwd=&quot;x&quot; config="),
    "a guid": SHOW_ONE.replace(b"cn=", b"guid="),
    "text": SHOW_ONE.replace(b"&lt;user", b"x&lt;user"),
    "a comment": SHOW_ONE.replace(b"&lt;user", b"&lt;!--x--&gt;&lt;user"),
    "outer comment": SHOW_ONE.replace(b"<xml", b"<!--x--><xml"),
    "an instruction": SHOW_ONE.replace(b"<xml", b"<?x y?><xml"),
    "another encoding": SHOW_ONE.replace(b"utf-8", b"utf-7"),
    "a doctype": SHOW_ONE.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "modify">]>', 1),
    "cdata": SHOW_ONE.replace(b"&lt;show&gt;", b"<![CDATA[<modify>]]>"),
    "other namespace": SHOW_ONE.replace(b"innovaphone.com/pbx", b"innovaphone.com/x"),
    "a reference": SHOW_ONE.replace(b"<xml", b'<xml href="#id0"'),
    "character references": SHOW_ONE.replace(b"&lt;show", b"&#60;show"),
    "utf-16": SHOW_ONE.decode().replace("utf-8", "utf-16").encode("utf-16"),
    "a mark": b"\xef\xbb\xbf" + SHOW_ONE,
    "a blank": b" " + SHOW_ONE,
    "a blank at the end": SHOW_ONE + b"\n",
    "rubbish at the end": SHOW_ONE + SHOW_ONE,
    "nothing": b"",
    "a form": b"cmd=submit-object&cn=x",
    "nul": SHOW_ONE.replace(b"m.mueller", b"m\0"),
    "not utf-8": SHOW_ONE.replace(b"m.mueller", b"\xff"),
}


@pytest.mark.parametrize("name", DANGEROUS_BODIES)
def test_soap_that_could_do_more_is_not_sent(name):
    body = DANGEROUS_BODIES[name]
    assert body not in {r.to_bytes() for r in READING}
    recorder = Recorder()
    with pytest.raises(ForbiddenRequestError):
        ReadOnlyTransport(recorder).handle_request(soap(body))
    assert recorder.targets == []


@pytest.mark.parametrize(
    "more",
    [
        {"method": "GET"},
        {"method": "PUT"},
        *({"url": f"{BASE}{path}"} for path in LISTED),
        {"url": f"{BASE}/PBX0/user.soap?"},
        {"url": f"{BASE}/PBX0/user.soap?x=1"},
        {"url": f"{BASE}/PBX0/user.soap/"},
        {"url": f"{BASE}/PBX0/USER.soap"},
        {"url": f"{BASE}/PBX1/user.soap"},
        {"url": f"{BASE}/!config%20change"},
        {"SOAPAction": '"http://innovaphone.com/pbx#Modify"'},
        {"SOAPAction": ""},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "text/xml; charset=utf-16"},
        {"Content_Encoding": "gzip"},
        {"Transfer_Encoding": "chunked"},
        {"Content_Length": "3"},
    ],
)
def test_soap_in_another_wrapping_is_not_sent(more):
    assert not is_allowed(soap(SHOW_ONE, **more))


def test_soap_that_is_made_up_while_it_is_sent_is_not_sent():
    request = soap(SHOW_ONE)
    request.stream = httpx.Request("POST", BASE, content=iter([SHOW_ONE])).stream
    assert not is_allowed(request)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(SHOW_ONE)), st.integers(0, 40), st.binary(max_size=40))
def test_no_change_of_a_soap_request_turns_it_into_another_command(at, length, patch):
    body = SHOW_ONE[:at] + patch + SHOW_ONE[at + length :]
    if is_allowed(soap(body)):
        one_user = rb'&lt;user cn=("|\')[^*]+\1( config="true")?/&gt;'
        assert re.search(rb">&lt;show&gt;%b&lt;/show&gt;</xml></ns1:Admin>" % one_user, body)


@pytest.mark.parametrize(
    "address",
    ["", "pbx", "ftp://pbx", "https://", "https://pbx:0", "https://pbx:x", "https://pbx/page",
     "https://pbx?a=b", "https://ü", "https://u:p@pbx", "https://u@pbx", "https://pbx\t"],
)  # fmt: skip
def test_what_is_no_address_of_a_pbx_is_a_wrong_argument(address):
    with pytest.raises(InputError) as refused:
        parse_address(address)
    assert refused.value.where == "TARGET"
    assert refused.value.advice


@pytest.mark.parametrize("address", ["http://pbx", "https://10.0.0.1", "https://[::1]:8443/"])
def test_an_address_has_a_scheme_and_a_host(address):
    assert parse_address(address).geturl() == address
