"""Live PBXs of a fleet: real sockets that answer, refuse, hang and drip."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import replace

import pytest

from auditor.errors import ExitCode
from auditor.simulator.server import SimulatorServer
from tests.fleet.runner.sockets import (
    always_about_to_answer,
    always_asking_to_log_in,
    circling,
    dripping,
    dripping_handshake,
    endless_chunks,
    hanging_up,
    listening,
    never_ending_header,
    resetting,
    silent,
)

pytestmark = pytest.mark.usefixtures("inline")


def test_live_pbxs_are_read_and_judged(night):
    night.live("graz")
    night.live("linz", config="hardened")
    night.add("wels", "hardened")
    assert night.run("--min-reached", "100").code == ExitCode.FINDINGS
    assert set(night.endings().values()) == {"audited"}
    assert night.latest("graz") == "000001"
    assert night.run("--changed").code == ExitCode.OK


@pytest.mark.parametrize(
    ("scheme", "serve"),
    [
        ("http", silent),
        ("http", dripping),
        ("http", never_ending_header),
        ("http", hanging_up),
        ("http", resetting),
        ("http", circling),
        ("http", always_about_to_answer),
        ("http", endless_chunks),
        ("http", always_asking_to_log_in),
        ("https", silent),
        ("https", hanging_up),
        ("https", resetting),
        ("https", dripping_handshake),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_socket_that_does_not_answer_costs_its_own_deadline(night, scheme, serve):
    night.live("linz", config="hardened")
    with listening(serve) as address:
        night.at("graz", address.replace("http", scheme), deadline=1)
        ended = night.run("--slots", "2", "--min-reached", "0")
    assert ended.code == ExitCode.OK
    assert night.endings() == {"graz": "unreachable", "linz": "audited"}


def test_name_that_is_not_known_is_unreachable(night):
    night.live("linz", config="hardened")
    night.at("graz", "https://graz.invalid")
    assert night.run("--min-reached", "0").code == ExitCode.OK
    assert night.endings() == {"graz": "unreachable", "linz": "audited"}


def test_name_server_that_does_not_answer_costs_its_own_deadline(night, monkeypatch):
    known, over = socket.getaddrinfo, threading.Event()

    def found(host, *given, **named):
        if host == "graz.invalid":
            over.wait()
        return known(host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    night.live("linz", config="hardened")
    night.at("graz", "https://graz.invalid", deadline=1)
    try:
        assert night.run("--min-reached", "0").code == ExitCode.OK
    finally:
        over.set()
    assert night.endings() == {"graz": "unreachable", "linz": "audited"}


def test_refused_login_is_unreachable(night, monkeypatch):
    night.live("graz")
    monkeypatch.setenv("PBX_AUDITOR_PASSWORD", "wrong")
    assert night.run().code == ExitCode.UNREACHABLE
    assert night.endings() == {"graz": "unreachable"}


def test_a_refused_login_names_what_the_inventory_names(night, monkeypatch):
    server = night.live("graz")
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    monkeypatch.setenv("GRAZ_USER", viewer.username)
    monkeypatch.setenv("GRAZ_SECRET", "wrong")
    night.blocks["graz"] += "[pbx.credentials]\n"
    night.blocks["graz"] += 'username_env = "GRAZ_USER"\npassword_env = "GRAZ_SECRET"\n'
    ended = night.run("--verbose")
    assert ended.code == ExitCode.UNREACHABLE
    assert "GRAZ_USER" in ended.said
    assert "GRAZ_SECRET" in ended.said
    assert "PBX_AUDITOR_" not in ended.said


def test_account_that_nobody_names_is_refused_before_the_network(night, monkeypatch):
    server = night.live("graz")
    monkeypatch.delenv("PBX_AUDITOR_PASSWORD")
    assert night.run().code == ExitCode.USAGE
    assert night.endings() == {"graz": "refused"}
    assert server.requests == []


# Each starts another program that keeps the output open.
HANGING = "echo canary; sleep 30 & wait"
ENDLESS = "while :; do echo canarycanarycanarycanary; done | tr -d '\\n'"
CLOSED = "exec >&-; sleep 30"


@pytest.mark.parametrize("program", [HANGING, ENDLESS, CLOSED])
def test_command_that_hangs_or_says_too_much_costs_its_own_pbx(night, program):
    night.live("linz", config="hardened")
    with listening(silent) as address:
        night.at("graz", address, deadline=6)
        command = json.dumps(["sh", "-c", program])
        night.blocks["graz"] += f"[pbx.credentials]\npassword_command = {command}\n"
        ended = night.run("--min-reached", "0")
    assert ended.code == ExitCode.USAGE
    assert night.endings() == {"graz": "refused", "linz": "audited"}
    with night.history() as history:
        (graz, _) = history.recorded_in(1)
    assert "password_command" in str(graz.reason)
    assert "canary" not in ended.said


def test_places_of_credentials_are_in_no_history(night):
    night.beginning += (
        "[defaults.credentials]\nusername_env = 'CANARY_USER'\n"
        "password_command = ['/canary/command', 'canary-argument']\n"
    )
    night.live("graz")
    ended = night.run()
    assert ended.code == ExitCode.USAGE
    assert night.endings() == {"graz": "refused"}
    stored = b"".join(one.read_bytes() for one in night.path.glob("history.db*"))
    assert b"anary" not in stored


def test_secrets_are_in_no_history_and_no_report(night):
    server = night.live("graz")
    night.run()
    account = next(one for one in server.pbx.accounts if one.role == "viewer")
    files = [*night.path.glob("history.db*"), *night.path.glob("reports/**/report.json")]
    stored = b"".join(one.read_bytes() for one in files)
    for secret in (account.password, server.pbx.pbx_password):
        assert secret.encode() not in stored


def test_pbx_whose_serial_was_known_by_its_end_is_the_same_when_it_answers(night):
    night.add("graz", "hardened").run()
    night.blocks.clear()
    night.live("graz", config="hardened")
    assert night.run().code == ExitCode.OK
    assert night.endings() == {"graz": "audited"}
    with night.history() as history:
        assert len(next(iter(history.bound()))) > 6
    night.blocks.clear()
    night.add("graz", "hardened")
    night.run()
    assert night.endings() == {"graz": "audited"}


def other(pbx, h323, **changed):
    """Return a simulated PBX one object of which is otherwise."""
    return replace(
        pbx,
        objects=tuple(
            replace(
                one, names={**one.names, **changed.get("names", {})}, **_attributes(one, changed)
            )
            if one.names.get("h323") == h323
            else one
            for one in pbx.objects
        ),
    )


def _attributes(one, changed):
    left = {name: v for name, v in one.attributes.items() if name not in changed.get("without", ())}
    return {"attributes": left}


def changed_by(night):
    return {
        (one.control, one.subject.name if one.subject else "", one.cause)
        for one in night.recorded()["graz"].changes
    }


def test_live_pbx_over_nights(night):
    """It goes away and comes back under another address; a name is no change, a setting is."""
    server = night.live("graz", config="hardened")
    pbx = server.pbx
    night.run()
    night.stack.pop_all().close()
    assert night.run().code == ExitCode.UNREACHABLE
    assert night.recorded()["graz"].changes == ()
    base = "hot-desk-base"
    for number, (now, changes) in enumerate(
        [
            (other(pbx, base, names={"cn": "Hot Desk One"}), set()),
            (
                other(pbx, base, names={"cn": "Hot Desk One"}, without=("hide",)),
                {("HD-04", "", "pbx"), ("HD-04", f"{base} (Hot Desk One)", "pbx")},
            ),
            (pbx, {("HD-04", "", "pbx"), ("HD-04", f"{base} (Hot Desk One)", "pbx")}),
        ]
    ):
        with SimulatorServer(now) as again:
            night.blocks["graz"] = night.blocks["graz"].replace(server.url, again.url)
            server = again
            assert night.run("--fail-on", "medium").code == (number == 1)
        assert changed_by(night) == changes


def test_live_pbx_that_shows_less_tonight_lost_nothing(night):
    """An account that is refused a file sees less; what it sees beside that still counts."""
    server = night.live("graz", config="hardened")
    night.run()
    open_base = other(server.pbx, "hot-desk-base", without=("hide",))
    with SimulatorServer(open_base, refuse=frozenset({"cfg"})) as again:
        night.blocks["graz"] = night.blocks["graz"].replace(server.url, again.url)
        assert night.run().code == ExitCode.INCOMPLETE
    changes = night.recorded()["graz"].changes
    assert {one.cause for one in changes if one.control == "HD-04"} == {"pbx"}
    assert {one.cause for one in changes if one.control != "HD-04"} == {"view"}
    assert not any(one.after in {"fixed", "gone"} for one in changes)
