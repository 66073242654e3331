"""Clients that others wrote for real PBXs read the simulated one, unchanged."""

from __future__ import annotations

import pytest

from auditor.simulator.socket_behaviour import SocketFault
from tests.fixtures.foreign_clients import FOREIGN_PROGRAMS, GO, GO_MYAPPS, PHP, build, run
from tests.fixtures.socket_client import APP, APPS, PASSWORD

pytestmark = pytest.mark.slow


def users(pbx):
    return sum(1 for one in pbx.objects if not one.kind)


# What every one of them has to bear of a real PBX (websocket-apis.md 10.2).
HARMLESS = tuple(SocketFault(kind) for kind in ("fragments", "ping"))
FRAMED = pytest.mark.parametrize("faults", [(), HARMLESS], ids=["plain", "fragments and pings"])


@FRAMED
@GO
def test_go_inno_appws_reads_both_apis(serve, pbx, tmp_path, faults):
    server = serve(pbx, *faults)
    url = server.url.replace("http", "ws", 1) + APPS  # it has no switch for TLS without trust
    program = build("appws.go", "go-inno-appws", tmp_path)
    expected = {"users": users(pbx), "rows": users(pbx), "domain": "example.com"}
    assert run(program, url, APP, PASSWORD) == {"login": True, **expected}
    assert run(program, url, APP, "wrong")["login"] is False
    assert server.writes == 0


@FRAMED
@GO_MYAPPS
def test_go_myapps_logs_in_by_password_and_by_session(serve, pbx, tmp_path, faults):
    server = serve(pbx, *faults, tls=True)
    program = build("myapps.go", "go-myapps", tmp_path)
    words = (f"127.0.0.1:{server.port}", "p.krause", "hotdesk1", tmp_path / "session")
    expected = {"login": True, "sip": "p.krause", "apps": ["users"]}
    assert run(program, *words) == expected
    assert run(program, *words) == expected
    kinds = [one["type"] for _, one in server.sockets.received if one["mt"] == "Login"]
    assert kinds == ["user", "user", "session", "session"]


@FRAMED
@PHP
def test_websocketphp8_reads_by_an_app_object(serve, pbx, faults):
    server = serve(pbx, *faults, tls=True)
    url = server.url.replace("http", "ws", 1) + APPS
    words = ("php", FOREIGN_PROGRAMS / "pbx.php", url, APP)
    assert run(*words, PASSWORD) == {"login": True, "admin": True, "users": users(pbx)}
    assert run(*words, "wrong") == {"login": False}
    assert server.writes == 0


@FRAMED
@PHP
def test_websocketphp8_logs_a_user_in_and_trusts_the_pbx(serve, pbx, faults):
    server = serve(pbx, *faults, tls=True)
    words = ("php", FOREIGN_PROGRAMS / "user.php", f"127.0.0.1:{server.port}", "p.krause")
    expected = {"login": True, "apps": ["users"], "session": [32, 23]}
    assert run(*words, "hotdesk1") == expected
    assert run(*words, "wrong")["login"] is False
