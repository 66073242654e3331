"""A PBX, or what stands in its place, that answers oddly: a refusal, never a traceback."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes
from xml.sax.saxutils import escape, quoteattr

import pytest

from tests.fixtures.sentences import says
from tests.fixtures.soaked import crossed
from tests.remediation.conftest import made_by, state_of
from tests.remediation.web import Web

BOX, SOAP, LINES = "/CMD0/box_info.xml", "/PBX0/user.soap", "/cfg.txt"


class Odd(Web):
    """Answers each path with what it is told: bytes, or a function of the request's body."""

    def __init__(self):
        super().__init__(self.told)
        self.answers = {}

    def told(self, path, body):
        answer = self.answers.get(path, b"ok")
        return answer(body) if callable(answer) else answer

    @property
    def writes(self):
        return [one for one in self.seen if b"modify" in one[1] or one[0].startswith("/!")]


@pytest.fixture
def odd(plan):
    one = Odd()
    one.answers[BOX] = f'<info><sys serial="{plan.box}"/></info>'.encode()
    yield one
    one.close()


def soap(inner):
    return f"<e><b><r><return>{escape(inner)}</return></r></b></e>".encode()


def step_of(plan, control):
    return next(step.change.machine for step in made_by(plan) if step.control == control)


def number_of(plan, change):
    return next(step.number for step in made_by(plan) if step.change.machine == change)


def refused(done, *codes):
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in codes, done.stderr
    assert says("stopped", done.stderr)


DEEP = b"<a>" * 5000 + b"</a>" * 5000
ANSWERS = [
    b"",
    b"<html><body>Login</body></html>",
    b"<!DOCTYPE html><html>",
    b"\xff\xfe\x00",
    b'<?xml version="1.0" encoding="nonsense"?><a/>',
    b'<?xml version="1.0" encoding="gbk"?><a/>',
    b'<?xml version="1.0" encoding="utf-7"?><a/>',
    b"<a>\xe4</a>",
    DEEP,
    b"x" * (65 * 1024 * 1024),
]


@pytest.mark.parametrize(
    ("answer", "path"), crossed(ANSWERS, [BOX, SOAP]), ids=lambda one: repr(one[:40])
)
def test_what_is_no_answer(odd, kit, answer, path):
    odd.answers[path] = answer
    refused(kit.apply("--only", "HD-04", url=odd.url), 1, 2)
    assert odd.writes == []


def test_no_object_two_objects_and_another_object(odd, kit):
    change = step_of(kit.plan, "HD-04")
    good = f'<user cn="{change.cn}" guid="{change.guid}"/>'
    inners = [
        "",
        "<info/>",
        good * 2,
        f"<info>{good}{good}</info>",
        good.replace(change.guid, "0" * 32),
        good.replace(f'cn="{change.cn}"', 'cn="x"'),
        f'<info xmlns="http://innovaphone.com/pbx">{good}</info>',
        f"<info><error>{'x' * 5000}</error></info>",
        f'<user cn="{change.cn}"/>',
        f'<user cn="{change.cn}" guid="{change.guid}">{DEEP.decode()}</user>',
    ]
    for inner in inners:
        odd.answers[SOAP] = soap(inner)
        refused(kit.apply("--only", "HD-04", url=odd.url), 1)
    assert odd.writes == []


def test_a_refusal_does_not_speak_to_the_terminal(odd, kit):
    odd.answers[SOAP] = soap("<error>no\x9b2J\u202e\nstep 1: done</error>")
    done = kit.apply("--only", "HD-04", url=odd.url)
    refused(done, 1)
    assert not {"\x9b", "\u202e"} & set(done.stderr)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("status", [204, 301, 302, 307, 403, 404, 500, 503])
def test_any_other_status(odd, kit, status):
    odd.status = status
    odd.headers["Location"] = "http://127.0.0.1:1/elsewhere"
    refused(kit.apply("--only", "HD-04", url=odd.url), 1, 3)
    assert {path for path, _ in odd.seen} == {BOX}


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="x", nonce="y", qop="auth"',
        "Digest ",
        'Basic realm="x"',
        'Digest realm="x", nonce="y", algorithm=MD5\x9b-odd',
        'Digest realm="\xe4", nonce="\\"',
        'Digest realm="x\r\n y", nonce="z"',
    ],
    ids=repr,
)
def test_a_login_that_never_ends(odd, kit, challenge):
    odd.status = 401
    odd.headers["WWW-Authenticate"] = challenge
    done = kit.apply("--only", "HD-04", url=odd.url)
    refused(done, 3)
    assert len(odd.seen) <= 2
    assert "\x9b" not in done.stderr


@pytest.mark.parametrize(
    "url", ["http://a..b", f"http://{'a' * 70}.example", "http://x\udcff", "http://[::1", "http://"]
)
def test_a_name_of_a_host_that_is_none(kit, url):
    refused(kit.apply(url=url), 2, 3)


@pytest.mark.parametrize("fingerprint", ["\u00e4" * 64, "x"])
def test_a_fingerprint_that_is_none(serve, kit, fingerprint):
    secure = serve(tls=True)
    refused(kit.apply("--fingerprint", fingerprint, url=secure.url), 3)
    assert secure.requests == []


@pytest.mark.parametrize("trust", ["--fingerprint", "--ca-file"])
def test_trust_without_tls_is_a_mistake(server, kit, trust):
    refused(kit.apply(trust, "ab" * 32), 2)
    assert server.requests == []


def test_an_account_that_no_header_can_hold(server, kit):
    before = state_of(server)
    refused(kit.apply("--only", "HD-04", PBX_ADMIN_USERNAME="a\nX: y"), 3)
    refused(kit.apply("--only", "HD-04", PBX_ADMIN_PASSWORD="\udcff"), 3)
    assert state_of(server) == before


@pytest.mark.parametrize("odd_part", [b"\xe4", b"\xc2\x85", b"\xe2\x80\xa8", b"\x0c"])
def test_the_rest_of_a_line_goes_back_byte_by_byte(odd, kit, odd_part):
    change = step_of(kit.plan, "HD-03")
    line = f"config change {change.head} {change.option} {change.before} /x a".encode()
    content = [line + odd_part + b"b /y c"]

    def write(command):
        content[0] = unquote_to_bytes(command.removeprefix("/!"))
        return b"ok"

    new = line.replace(change.before.encode(), change.after.encode()) + odd_part + b"b /y c"
    odd.answers[LINES] = lambda _: b"config change IP0 /a\r\n" + content[0] + b"\r\n"
    for wanted in (new, content[0]):
        path = "/!" + quote(wanted, safe="")
        odd.answers[path] = lambda _, path=path: write(path)
    assert kit.apply("--only", "HD-03", url=odd.url).returncode == 0
    assert content[0] == new
    done = kit.run("--apply", kit.plan.hash, script="rollback.py", url=odd.url)
    assert done.returncode == 0, done.stderr
    assert content[0] == line + odd_part + b"b /y c"


CANARY = "kanarienvogel-9f3a"


class TestWhatIsSentIsNotRepeated:
    """A command holds a whole object or line, and with it secrets that no terminal may show."""

    @staticmethod
    def shows_nothing(done):
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert CANARY not in done.stdout + done.stderr

    @pytest.mark.parametrize("status", [200, 404, 500])
    @pytest.mark.parametrize("language", ["en", "de"])
    def test_a_line_that_is_not_accepted(self, odd, kit, status, language):
        change = step_of(kit.plan, "HD-03")
        secret = f"config change {change.head} /pw {CANARY}"
        line = f"{secret} {change.option} {change.before}".encode()

        def refuse(path, _):
            odd.status = status if path.startswith("/!") else 200
            return b"no" if path.startswith("/!") else odd.answers.get(path, b"")

        odd.answers[LINES] = line + b"\r\n"
        odd.answer = refuse
        done = kit.apply("--only", "HD-03", "--language", language, url=odd.url)
        assert odd.writes
        self.shows_nothing(done)
        assert f"config change {change.head}" in done.stderr

    @pytest.mark.parametrize("name", ["pwdx", "pin", "sip-auth-key"])
    def test_an_object_that_is_refused_with_itself(self, odd, kit, name):
        change = step_of(kit.plan, "HD-04")
        secrets = {"pwd": "********", "pwdx": "0a" * 8, name: f"{CANARY}&<>"}
        shown = "".join(f" {key}={quoteattr(text)}" for key, text in secrets.items())
        user = f"<user cn={quoteattr(change.cn)} guid={quoteattr(change.guid)}{shown}/>"

        def answered(body):
            if b"modify" not in body:
                return soap(f"<show>{user}</show>")
            return soap(f"<error>cannot store {escape(CANARY)}&amp;&lt;&gt; in {name}</error>")

        odd.answers[SOAP], odd.answers[LINES] = answered, b""
        done = kit.apply("--only", str(number_of(kit.plan, change)), url=odd.url)
        assert odd.writes
        self.shows_nothing(done)
        assert "cannot store" in done.stderr


class TestMissingPassword:
    """A PBX that shows `pwdx` alone: what is sent without `pwd` would lose its password."""

    def test_it_is_kept(self, odd, kit):
        change = step_of(kit.plan, "HD-04")
        shown = f'<user cn="{change.cn}" guid="{change.guid}" pwdx="aa11"/>'
        odd.answers[SOAP] = soap(f"<info>{shown}</info>")
        refused(kit.apply("--only", "HD-04", url=odd.url), 1)
        [(_, body)] = odd.writes
        assert b"pwd=&quot;********&quot;" in body or b'pwd="********"' in body
        assert b"pwdx" not in body

    def test_a_change_that_cost_the_password_is_seen(self, odd, kit):
        change = step_of(kit.plan, "HD-04")
        state = {"hide": "", "pwdx": "aa11"}

        def answer(body):
            if b"modify" in body:
                state.update({"hide": ' hide="true"', "pwdx": "bb22"})
            inner = f'<user cn="{change.cn}" guid="{change.guid}"{state["hide"]}'
            return soap(f'<info>{inner} pwd="********" pwdx="{state["pwdx"]}"/></info>')

        odd.answers[SOAP] = answer
        done = kit.apply("--only", "HD-04", url=odd.url)
        refused(done, 1)
        assert says("did not keep the password", done.stderr)


def test_why_there_is_no_answer_is_said_in_words(kit):
    closed = kit.apply("--only", "HD-04", url="http://127.0.0.1:1")
    odd_name = kit.apply("--only", "HD-04", url="http://exa mple")
    for done in (closed, odd_name):
        assert done.returncode in {2, 3}
        assert says("stopped", done.stderr)
        assert "Error" not in done.stderr
