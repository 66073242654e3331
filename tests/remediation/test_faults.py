"""What goes wrong while a plan is applied: nothing is done twice, nothing goes on in the dark."""

from __future__ import annotations

import fcntl
import json
import signal
import socket
import subprocess
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from auditor.remediation.plan import hash_of, render_plan
from tests.fixtures.sentences import says
from tests.remediation.conftest import Kit, audited, both_ways, plan_of, state_of


def nothing(*_):
    return False


class Proxy:
    """Passes requests on, but the first that `cuts` names; what `drops` names has no answer."""

    def __init__(self, server, drops=nothing, cuts=nothing):
        self.drops = drops
        self.cuts = cuts
        self.target = ("127.0.0.1", server.port)
        self.seen = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            with caller:
                self._pass_on(caller)

    def _pass_on(self, caller):
        request = b""
        while b"\r\n\r\n" not in request:
            request += caller.recv(65536)
        head, _, body = request.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields.get(b"content-length", b"0")):
            body += caller.recv(65536)
        if self.cuts(head) and not self.seen:
            self.seen += 1
            return
        with socket.create_connection(self.target) as onward:
            onward.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
            answer = b"".join(iter(lambda: onward.recv(65536), b""))
        if self.drops(head, body, answer):
            self.seen += 1
            if self.seen == 1:
                return
        caller.sendall(answer)

    def close(self):
        self._socket.close()


@pytest.fixture
def proxy(server):
    opened = []

    def start(**faults):
        one = Proxy(server, **faults)
        opened.append(one)
        return one

    yield start
    for one in opened:
        one.close()


def is_modify(_head, body, answer):
    return b"&lt;modify&gt;" in body and b"200 OK" in answer


def is_activate(head, _body, answer):
    return b"activate" in head and b"200 OK" in answer


@both_ways
@pytest.mark.parametrize("drops", [is_modify, is_activate])
def test_a_change_whose_answer_never_came_is_found_and_not_made_again(server, kit, proxy, drops):
    before = state_of(server)
    done = kit.apply("--passwords-ready", url=proxy(drops=drops).url)
    assert done.returncode == 3
    assert says("cannot be reached", done.stderr)
    done = kit.apply()
    assert done.returncode == 0, done.stderr
    assert says("done before the break", done.stdout, count=1)
    done = kit.roll_back()
    assert done.returncode == 0, done.stderr
    assert state_of(server) == before


@pytest.mark.parametrize("command", [b"config%20write", b"config%20activate"])
def test_a_line_that_was_changed_and_not_saved_is_saved_later(server, kit, proxy, command):
    before = state_of(server)
    broken = proxy(cuts=lambda head: command in head).url
    assert kit.apply("--only", "HD-03", url=broken).returncode == 3
    assert state_of(server) != before
    done = kit.apply("--only", "HD-03")
    assert (done.returncode, says("done before the break", done.stdout)) == (0, True)
    settings = server.state.settings
    assert settings.saved == settings.active == settings.pending
    assert says("needs a reset", done.stdout)
    broken = proxy(cuts=lambda head: command in head).url
    assert kit.roll_back(url=broken).returncode == 3
    assert kit.roll_back().returncode == 0
    settings = server.state.settings
    assert settings.saved == settings.active == settings.pending
    assert state_of(server) == before


@both_ways
def test_it_goes_on_after_a_break_between_two_steps(server, kit):
    before = state_of(server)
    assert kit.apply("--only", "HD-04").returncode == 0
    done = kit.apply_all()
    assert done.returncode == 0, done.stderr
    assert says("was done before", done.stdout)
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before


@both_ways
def test_a_value_that_changed_meanwhile_stops_it(server, kit):
    base = next(one for one in server.pbx.objects if one.names["h323"] == "hot-desk-base")
    other = replace(base, attributes={**base.attributes, "hide": "false", "cd-filter": "mine"})
    objects = tuple(other if one is base else one for one in server.pbx.objects)
    server.state.pbx = replace(server.pbx, objects=objects)
    changed = state_of(server)
    done = kit.apply("--only", "HD-06,HD-04")
    assert done.returncode == 1
    assert says("not the value that was seen", done.stderr)
    assert state_of(server) == changed


@both_ways
def test_what_somebody_changed_afterwards_is_not_taken_back(server, kit):
    kit.apply("--only", "HD-04")
    base = next(one for one in server.pbx.objects if one.names["h323"] == "hot-desk-base")
    other = replace(base, attributes={**base.attributes, "text": "by somebody else"})
    objects = tuple(other if one is base else one for one in server.pbx.objects)
    server.state.pbx = replace(server.pbx, objects=objects)
    changed = state_of(server)
    done = kit.roll_back()
    assert done.returncode == 1
    assert says("somebody changed this since", done.stderr)
    assert state_of(server)[:5] == changed[:5]


@both_ways
def test_a_viewer_may_not(server, kit):
    before = state_of(server)
    kit.role = "viewer"
    done = kit.apply("--passwords-ready")
    assert done.returncode == 1
    assert state_of(server) == before


def test_a_wrong_password(server, kit):
    accounts = tuple(replace(a, password=f"{a.password}x") for a in server.pbx.accounts)
    server.state.pbx = replace(server.pbx, accounts=accounts)
    before = state_of(server)
    accounts = tuple(replace(a, password="wrong") for a in accounts)
    kit.server = SimpleNamespace(pbx=replace(server.pbx, accounts=accounts), url=server.url)
    done = kit.apply()
    assert (done.returncode, says("refuses the login", done.stderr)) == (3, True)
    assert state_of(server) == before


@both_ways
def test_a_replica_refuses_and_nothing_after_it_is_done(serve, kit):
    server = kit.server = serve(replica=True)
    before = state_of(server)
    done = kit.apply("--only", "HD-04,HD-12")
    assert done.returncode == 1
    assert "replica" in done.stderr
    assert state_of(server) == before


@both_ways
def test_two_runs_at_once(server, kit):
    before = state_of(server)
    with (kit.folder / "remediation.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = kit.apply_all()
        assert (done.returncode, says("another run", done.stderr)) == (2, True)
    assert state_of(server) == before
    assert kit.apply("--only", "HD-04").returncode == 0


@both_ways
def test_power_fails_after_a_change_and_before_its_answer(server, kit, proxy):
    before = state_of(server)
    started = threading.Event()

    def power_fails(head, body, answer):
        if is_modify(head, body, answer):
            started.wait()
            process.kill()
            return True
        return False

    url = proxy(drops=power_fails).url
    process = subprocess.Popen(  # noqa: S603 -- the scripts under test
        kit.command("--apply", kit.plan.hash, url=url),
        env=kit.environment,
        stdout=subprocess.DEVNULL,
    )
    started.set()
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert state_of(server) != before
    done = kit.apply()
    assert done.returncode == 0, done.stderr
    assert says("done before the break", done.stdout, count=1)
    assert kit.apply("--passwords-ready").returncode == 0
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before


@pytest.mark.parametrize(
    ("old", "new"), [('"after":"true"', '"after":"false"'), ('"HD-04"', '"HD-12"')]
)
def test_a_plan_that_was_edited_by_hand(server, kit, old, new):
    path = kit.folder / "plan.json"
    text = path.read_text("utf-8")
    compact = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    assert old in compact
    path.write_text(compact.replace(old, new), encoding="utf-8")
    done = kit.apply_all()
    assert (done.returncode, says("another hash", done.stderr)) == (2, True)
    assert server.requests == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"steps": [], "hash": 1}'])
def test_a_file_that_is_no_plan(server, kit, content):
    (kit.folder / "plan.json").write_bytes(content)
    done = kit.apply()
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert server.requests == []


@pytest.mark.parametrize("given", ["", "x" * 12, "short"])
def test_without_the_hash_of_the_plan_nothing_is_done(server, kit, given):
    before = state_of(server)
    more = ["--apply", given] if given else []
    done = kit.run(*more)
    assert done.returncode == (2 if given else 0)
    assert state_of(server) == before


def test_a_plan_for_another_box(serve, tmp_path, plan):
    server = serve("hardened")
    server.state.pbx = replace(server.pbx, box=replace(server.pbx.box, serial="009033aaaaaa"))
    before = state_of(server)
    done = Kit(server, tmp_path / "r", plan).apply("--passwords-ready")
    assert (done.returncode, says("serial number differs", done.stderr)) == (2, True)
    assert state_of(server) == before


def test_a_closed_port(kit):
    done = kit.apply(url="http://127.0.0.1:1")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["ftp://x", "https://user:pw@host", "nonsense"])
def test_an_address_that_is_none(kit, url):
    assert kit.apply(url=url).returncode == 2


def test_a_folder_that_cannot_be_written(server, kit):
    before = state_of(server)
    (kit.folder / "remediation.log").mkdir()
    done = kit.apply("--only", "HD-04")
    assert done.returncode == 6
    (kit.folder / "remediation.log").rmdir()
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before


@pytest.mark.parametrize(
    "name",
    [
        '"; import os; os.system("x") #',
        "$(reboot)`reboot`",
        "</user></modify><modify><user cn='_ADMIN_' pwd='x'/>",
        "a&b'\"<>\\",
        "..%2f..%2f",
        "näme\u202e",
    ],
)
def test_hostile_names_stay_names(serve, tmp_path, name):
    server = serve()
    base = next(one for one in server.pbx.objects if one.names["h323"] == "hot-desk-base")
    other = replace(base, names={**base.names, "cn": name})
    objects = tuple(other if one is base else one for one in server.pbx.objects)
    server.state.pbx = replace(server.pbx, objects=objects)
    before = state_of(server)
    kit = Kit(server, tmp_path / "r", plan_of(audited(server)))
    done = kit.apply("--only", "HD-04,HD-12")
    assert done.returncode == 0, done.stderr
    now = next(one for one in server.pbx.objects if one.guid == base.guid)
    assert now.names["cn"] == name
    assert now.attributes["hide"] == "true"
    admin = server.pbx.admin
    assert kit.roll_back().returncode == 0
    assert state_of(server) == before
    assert server.pbx.admin == admin


def test_the_hash_covers_what_is_done_where_and_what_comes_of_it(plan):
    assert json.loads(render_plan(plan))["hash"] == hash_of(plan)
    for other in (
        replace(plan, box="009033ffffff"),
        replace(plan, steps=plan.steps[1:]),
        replace(plan, prospect=replace(plan.prospect, dangerous=True)),
    ):
        assert hash_of(other) != plan.hash
