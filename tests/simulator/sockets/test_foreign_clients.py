"""Clients that others wrote for real PBXs, unchanged: go-inno-appws, go-myapps, websocketphp8.

They are no part of this project. CONTRIBUTING.md says how they are put below the folder that
`FOREIGN_CLIENTS` names; without one of them, its tests are skipped. The programs in `foreign/` only
call them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.socket_client import APP, APPS, PASSWORD

HERE = Path(__file__).parent / "foreign"
FOREIGN = Path(os.environ.get("FOREIGN_CLIENTS") or "/nonexistent")
# What Debian's packages of Go libraries install.
GOCODE = "/usr/share/gocode"
LIBRARIES = {
    "go-inno-appws": "src/github.com/innovaphone/go-inno-appws",
    "go-myapps": "src/github.com/ricoschulte/go-myapps",
    "websocketphp8": "classes/websocket.class.php",
}


def needs(name, program):
    there = (FOREIGN / name).is_dir() and shutil.which(program) is not None
    return pytest.mark.skipif(not there, reason=f"{name} or {program} is not there")


pytestmark = pytest.mark.slow
GO = needs("go-inno-appws", "go")
GO_MYAPPS = needs("go-myapps", "go")
PHP = needs("websocketphp8", "php")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a program in Go with a library as it was fetched; give its path."""
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": f"{folder}{os.pathsep}{GOCODE}",
        "GOCACHE": os.environ.get("GOCACHE") or str(folder / "cache"),
    }

    def build(program, library):
        place = folder / LIBRARIES[library]
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.symlink_to(FOREIGN / library)
        made = folder / Path(program).stem
        words = ["go", "build", "-o", str(made), str(HERE / program)]
        subprocess.run(words, env=environment, check=True, timeout=600)  # noqa: S603
        return made

    return build


def run(*words):
    environment = {**os.environ, "WEBSOCKETPHP8": str(FOREIGN / "websocketphp8")}
    ended = subprocess.run(  # noqa: S603
        [str(word) for word in words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(ended.stdout)


def users(pbx):
    return sum(1 for one in pbx.objects if not one.kind)


@GO
def test_go_inno_appws_reads_both_apis(serve, pbx, built):
    server = serve(pbx)
    url = server.url.replace("http", "ws", 1) + APPS  # it has no switch for TLS without trust
    program = built("appws.go", "go-inno-appws")
    expected = {"users": users(pbx), "rows": users(pbx), "domain": "example.com"}
    assert run(program, url, APP, PASSWORD) == {"login": True, **expected}
    assert run(program, url, APP, "wrong")["login"] is False
    assert server.writes == 0


@GO_MYAPPS
def test_go_myapps_logs_in_by_password_and_by_session(serve, pbx, built, tmp_path):
    server = serve(pbx, tls=True)
    program = built("myapps.go", "go-myapps")
    words = (f"127.0.0.1:{server.port}", "p.krause", "hotdesk1", tmp_path / "session")
    expected = {"login": True, "sip": "p.krause", "apps": ["users"]}
    assert run(program, *words) == expected
    assert run(program, *words) == expected
    kinds = [one["type"] for _, one in server.sockets.received if one["mt"] == "Login"]
    assert kinds == ["user", "user", "session", "session"]


@PHP
def test_websocketphp8_reads_by_an_app_object(serve, pbx):
    server = serve(pbx, tls=True)
    url = server.url.replace("http", "ws", 1) + APPS
    words = ("php", HERE / "pbx.php", url, APP)
    assert run(*words, PASSWORD) == {"login": True, "admin": True, "users": users(pbx)}
    assert run(*words, "wrong") == {"login": False}
    assert server.writes == 0


@PHP
def test_websocketphp8_logs_a_user_in_and_trusts_the_pbx(serve, pbx):
    server = serve(pbx, tls=True)
    words = ("php", HERE / "user.php", f"127.0.0.1:{server.port}", "p.krause")
    expected = {"login": True, "apps": ["users"], "session": [32, 23]}
    assert run(*words, "hotdesk1") == expected
    assert run(*words, "wrong")["login"] is False
