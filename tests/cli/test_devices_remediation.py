"""What rests on Devices is never changed on the box, and no secret of either leaves the program.

`remediate plan` and `apply`, and `learn`, on a live PBX with a canary in each place of a secret:
passwords of objects, `turnPwd`, `m-key`, expert scripts, sealed values, and the keys of sessions.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import replace

import pytest

from auditor.remediation.change_planner import IN_DEVICES, IN_SCRIPT
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.element import Element
from auditor.simulator.object_changes import encrypted
from auditor.simulator.platform.simulated_platform import SimulatedRollout
from auditor.simulator.responses import configuration
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedObject
from tests.fixtures import devices
from tests.fixtures.devices import SECOND, SECRETS, platform
from tests.fixtures.pbx import simulated as plain_pbx

pytestmark = pytest.mark.slow

TURN, KEY, SCRIPT = "Zq7CanTurn01kkW", "Zq7CanMkey02kkW", "Zq7CanScript03kkW"
SEALED, APP = "Zq7CanSealed04kkW", "Zq7CanApp05kk"
LINE = f"SIM-TURN0 /sim-server t.example /sim-user t /sim-password {TURN}"
LINE_OF_BOX = f"config change {LINE}".encode()
DOMAIN = 3
TOLD = [
    SimulatedRollout(
        30, DOMAIN, "EXPERT",
        {"script": f"config add PHONE SIG /h323 hot-desk-base /gk-pwd {SCRIPT}\n"
                   "config add PHONE SIG /h323 hot-desk-base /gk-pwd <your secure password>\n"},
    ),
    SimulatedRollout(
        31, DOMAIN, "MEDIA", {"turnServer": "t.example", "turnUser": "t", "turnPassword": ""}
    ),
    SimulatedRollout(
        32, DOMAIN, "PHONE",
        {"srtpKey": "4", "protectCfg": False, "hideCompleteCfg": False, "gkId": SEALED},
    ),
    SimulatedRollout(
        33, DOMAIN, "ALARM_SERVER",
        {"url": "http://a.example", "logUrl": "http://a.example", "logUser": "l",
         "logPassword": SEALED, "setLogUrl": True},
        frozenset({"logPassword"}), "seed",
    ),
    SimulatedRollout(34, DOMAIN, "NTP", {"ntp1": "n.example", "ntp2": "", "tz": SEALED}),
]  # fmt: skip


def secretive(config, **_):
    """Return a simulated PBX with canaries where its secrets are."""
    pbx = plain_pbx(config)
    if config != "insecure":
        return pbx
    room = SimulatedObject(
        "c" * 32,
        {"cn": "Konferenz", "h323": "konferenz", "node": "root", "loc": "master"},
        {},
        (Element("pseudo", {"type": "conference"}, (Element("conference", {"m-key": KEY}),)),),
        encrypted(pbx, KEY),
    )
    modules = [*(line for line in pbx.modules if "SIM-TURN0" not in line), LINE]
    return with_app(
        replace(pbx, objects=(*pbx.objects, room), modules=tuple(modules)), ["admin"], APP
    )


def canaries(pbx, *more):
    """Return all secrets, and each in the forms that it is stored or sent in."""
    clear = [
        secret
        for one in pbx.objects
        if (secret := pbx.password_of(one)) and len(secret) > 9  # shorter ones are words, too
    ]
    stored = [one.password.hex() for one in pbx.objects if one.password]
    found = {TURN, KEY, SCRIPT, SEALED, APP, devices.KEY, pbx.pbx_password, *clear, *stored, *more}
    found -= {"", "pwd"}
    return {form for one in found for form in forms(one)}


def forms(text):
    raw = text.encode()
    return {raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")}


def leaks(folder, secrets, *said):
    files = [(one.name, one.read_bytes()) for one in folder.rglob("*") if one.is_file()]
    texts = [*files, *((str(at), one.encode()) for at, one in enumerate(said))]
    return {(name, one) for name, text in texts for one in secrets if one in text}


@pytest.fixture
def pbx(monkeypatch):
    monkeypatch.setattr(devices, "simulated", secretive)
    return secretive("insecure")


def site_of_box(running, dialect="simulated"):
    text = plain_pbx("insecure").site.read_text("utf-8")
    assert 'dialect = "simulated"' in text
    trust = f'fingerprint = "{running.server.certificate.fingerprint}"'
    return text.replace('"simulated"', f'"{dialect}"') + f"\n[devices]\ntls = {{ {trust} }}\n"


def keys_of(running):
    """Return the keys of all sessions that there were, as the way through shows them."""
    ways = [path.split("/") for _, path in running.server.requests if "passthrough" in path]
    return {way[way.index("passthrough") + 2] for way in ways}


@pytest.fixture(params=["documented", "simulated"])
def made(request, console, pbx):
    """Make a plan through Devices; return it with all secrets that there were."""
    with platform(rolled_out=TOLD) as running:
        (console.folder / "site.toml").write_text(site_of_box(running, request.param))
        console.setenv("PBX_AUDITOR_DEVICES_PASSWORD", SECRETS.domains[SECOND])
        console.setenv("PBX_AUDITOR_PBX_PASSWORD", pbx.pbx_password)
        ended = console(
            *("remediate", "plan", running.box("insecure", SECOND), "--site", "site.toml"),
            *("--profile", "baseline", "--verbose", "-o", "plan"),
        )
        assert ended.code in {0, 1}, ended.err
        assert running.writes == 0
        secrets = canaries(pbx, SECRETS.domains[SECOND], *keys_of(running))
    shown = console("remediate", "show", "plan")
    assert leaks(console.folder, secrets, ended.said, shown.said) == set()
    plan = json.loads((console.folder / "plan" / "plan.json").read_text("utf-8"))
    return plan, request.param, secrets


def test_a_plan_leaves_to_devices_what_that_rolls_out(made):
    plan, dialect, _ = made
    of_box = {
        step["control"]: step["change"]
        for step in plan["steps"]
        if step["subject"]["kind"] == "setting"
    }
    rolled_out = {"ADM-11", "TLS-04"} | ({"RPX-07"} if dialect == "documented" else set())
    assert rolled_out <= of_box.keys()
    for rule in rolled_out:
        assert of_box[rule]["machine"] is None
        assert of_box[rule]["by_hand"] == str(IN_DEVICES)
    scripted = [one for one in plan["steps"] if one["subject"]["kind"] == "expert script"]
    assert scripted
    assert {str(one["change"]["by_hand"]) for one in scripted} == {str(IN_SCRIPT)}


def test_what_is_applied_changes_nothing_of_it(console, pbx, made):
    plan, _, secrets = made
    approved = ("--apply", plan["hash"][:12])
    admin = next(one for one in pbx.accounts if one.role == "admin")
    console.setenv("PBX_ADMIN_USERNAME", admin.username)
    console.setenv("PBX_ADMIN_PASSWORD", admin.password)
    with SimulatorServer(pbx) as itself:

        def run(verb, *more):
            ended = console("remediate", verb, "plan", "--url", itself.url, *approved, *more)
            assert ended.code == 0, ended.err
            return ended.said

        def lines():
            return configuration(itself.state.pbx, 1).splitlines()

        before = lines()
        said = [run("apply", "--accept-dangerous")]
        said.append(run("apply", "--accept-dangerous", "--passwords-ready"))
        after = lines()
        said.append(run("rollback"))
        assert lines() == before
    assert after != before
    assert [one for one in after if b"SIM-TURN0" in one] == [LINE_OF_BOX]
    said.append(console("remediate", "status", "plan").said)
    assert leaks(console.folder / "none", {*secrets, *forms(admin.password)}, *said) == set()
    # What is put back has to be kept: configuration and objects as they were, for the owner alone.
    holding = {name.partition("-")[0] for name, _ in leaks(console.folder, secrets)}
    assert holding <= {"configuration", "remediation.state"}
    kept = [one for one in (console.folder / "plan").iterdir()
            if one.name.partition("-")[0] in holding]  # fmt: skip
    assert kept
    assert all(not one.stat().st_mode & 0o077 for one in kept)


class Person:
    """Changes a setting by hand when the program waits for it, then presses Enter."""

    def __init__(self, change):
        self._change = change

    def isatty(self):
        return True

    def readline(self):
        self._change()
        return "\n"


FACT = ("--fact", "registrations_without_password", "--marker", "7351", "--by", "A. Muster")


class TestLearn:
    def learn(self, console, monkeypatch, target, state, *more):
        def change():
            state.configure(lambda one: one.after("change PBX0 /sim-regs-without-pwd 7351"))

        monkeypatch.setattr(sys, "stdin", Person(change))
        return console("learn", *FACT, "--target", target, *more, "-o", "learned.toml")

    def test_through_devices(self, console, pbx, monkeypatch):
        with platform(rolled_out=TOLD) as running:
            (console.folder / "site.toml").write_text(site_of_box(running, "documented"))
            console.setenv("PBX_AUDITOR_DEVICES_PASSWORD", SECRETS.domains[SECOND])
            state = next(one for one in running.states if one.pbx.config == "insecure")
            box = running.box("insecure", SECOND)
            ended = self.learn(console, monkeypatch, box, state, "--site", "site.toml")
            assert ended.code == 0, ended.err
            assert running.writes == 0
            secrets = canaries(pbx, SECRETS.domains[SECOND], *keys_of(running))
        assert "sim-regs-without-pwd" in (console.folder / "learned.toml").read_text("utf-8")
        assert leaks(console.folder, secrets, ended.said) == set()

    @pytest.mark.parametrize("marker", [TURN, "7351"])
    def test_itself_with_a_marker_that_is_a_secret_or_not_there(
        self, console, pbx, monkeypatch, marker
    ):
        """Where nothing is found, what is said names no value of the configuration."""
        with SimulatorServer(pbx) as server:
            console.login(pbx)
            monkeypatch.setattr(sys, "stdin", Person(lambda: None))
            fact = ("--fact", "turn_username", "--marker", marker, "--by", "A. Muster")
            ended = console("learn", *fact, "--target", server.url, "-o", "learned.toml")
            assert server.writes == 0
        assert ended.code == 2
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        secrets = canaries(pbx, viewer.password) - forms(marker)
        assert leaks(console.folder, secrets, ended.said) == set()
        assert not (console.folder / "learned.toml").exists()


def test_an_app_that_asks_over_websocket_leaves_no_trace_of_its_password(console, pbx):
    with SimulatorServer(pbx, tls=True) as server:
        console.login(pbx)
        console.setenv("PBX_AUDITOR_APP_PASSWORD", APP)
        text = plain_pbx("insecure").site.read_text("utf-8")
        trust = f'[tls]\nfingerprint = "{server.certificate.fingerprint}"\n'
        (console.folder / "site.toml").write_text(f'{text}\n{trust}[websocket]\napp = "{NAME}"\n')
        made = console("remediate", "plan", server.url, "--site", "site.toml", "--profile",
                       "baseline", "--verbose", "-o", "plan")  # fmt: skip
        assert made.code in {0, 1}, made.err
        assert server.writes == 0
        assert any(message["mt"] == "GetStun" for _, message in server.sockets.received)
    assert leaks(console.folder, canaries(pbx), made.said) == set()
