"""No value of what Devices rolls out that may be secret leaves the program, by whatever way."""

from __future__ import annotations

import base64
import sqlite3
import zlib

import pytest

from auditor.simulator.platform.simulated_platform import SimulatedRollout
from tests.fixtures.devices import PASSWORD, platform

pytestmark = pytest.mark.slow

SEALED = frozenset({"turnPassword", "logPassword"})
FORMATS = "json,html,sarif,markdown,csv,remediation,oscal,junit"


class Canaries(list):
    """Makes values that stand nowhere else."""

    def __call__(self):
        self.append(f"Zq7Can{len(self):02d}kkW")
        return self[-1]


def script(one):
    lines = [
        f"config add PHONE SIG /h323 hot-desk-base /gk-pwd {one()}",
        f"config change SIP /pwd {one()}",
        f"config change PHONE SIG /gk-pwd {one()}",
        f"config change PHONE {one()} /x y",
        f"# {one()}",
        f"vars create X/PWD pc {one()}",
        f"mod cmd UP1 cfg-{one()} /x",
        f"{one()} gk-pwd",
        f"mod cmd PHONE/USER-UI reg-edit-reg /h323 a /gk-pwd {one()}",
        f'mod cmd FLASHDIR0 add-item 101 (cn={one()})(h323=x)(pbx=<user pwd="{one()}"/>)',
    ]
    return "\n".join([*lines, ""])


def everything(one):
    """Return configurations with something in every field; only hosts and users are shown."""
    return [
        SimulatedRollout(3, 2, "EXPERT", {"script": script(one), "desc": one()}),
        SimulatedRollout(
            4, 2, "EXPERT", {"script": script(one), "new one": one()}, categories=(9,)
        ),
        SimulatedRollout(
            5, 2, "MEDIA",
            {"turnServer": f"u:{one()}@t.example/{one()}", "turnUser": "t", "turnPassword": one(),
             "stunServer": one(), "seed": one()},
            SEALED, "seed",
        ),
        SimulatedRollout(
            6, 2, "ALARM_SERVER",
            {"url": f"https://u:{one()}@a.example/{one()}?k={one()}", "logPassword": one(),
             "logUrl": f"https://{one()}@a.example/{one()}#{one()}", "logUser": one()},
            SEALED, "seed",
        ),
        SimulatedRollout(
            7, 2, "PHONE",
            {"gk1": one(), "gkId": one(), "coder": one(), "srtpKey": one(), "protectCfg": one(),
             "recordingUrl": one(), "newOne": one()},
        ),
        SimulatedRollout(8, 2, "FXS_PHONE", {"gk2": one(), "x": {"pwd": one()}, "y": [one()]}),
        SimulatedRollout(
            9, 2, "NTP", {"ntp1": f"u:{one()}@n.example", "ntp2": f"n/{one()}", "tz": one()}
        ),
        SimulatedRollout(10, 2, "TLS_PROFILE", {"profile": one()}),
        SimulatedRollout(11, 2, one(), {"a": one()}),
    ]  # fmt: skip


def forms(value):
    encoded = value.encode()
    return encoded, encoded.lower(), encoded.hex().encode(), base64.b64encode(encoded)[:-2]


def contents(folder):
    """Yield what stands in files, and in a history as it was before it was packed."""
    for file in (one for one in folder.rglob("*") if one.is_file()):
        yield file.name, file.read_bytes()
    with sqlite3.connect(folder / "history.db") as history:
        names = history.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in history.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 -- as it is named
                for cell in (one for one in row if isinstance(one, bytes)):
                    try:
                        yield name, zlib.decompressobj(47).decompress(cell)
                    except zlib.error:
                        yield name, cell


def test_what_is_rolled_out_is_reduced_wherever_it_goes(console, tmp_path):
    canaries = Canaries()
    with platform(rolled_out=everything(canaries)) as running:
        trust = f'fingerprint = "{running.server.certificate.fingerprint}"'
        (tmp_path / "site.toml").write_text(
            f'[target]\ndialect = "documented"\n[devices]\ntls = {{ {trust} }}\n'
        )
        (tmp_path / "fleet.toml").write_text(
            '[fleet]\nname = "f"\nhistory = "history.db"\nreports = "reports"\n'
            '[[tenant]]\nid = "t"\n[[pbx]]\nid = "p"\ntenant = "t"\nsite = "site.toml"\n'
            f'target = "{running.box()}"\n'
        )
        console.setenv("PBX_AUDITOR_DEVICES_PASSWORD", PASSWORD)
        box, site = running.box(), ("--site", "site.toml")
        ended = [
            console("audit", box, *site, "--verbose", "--format", FORMATS, "-o", "report"),
            console("audit", box, *site, "--verbose", "--profile", "strict"),
            console("collect", box, *site, "-o", "snapshot.json"),
            console("doctor", box, *site),
            console("remediate", "plan", "snapshot.json", "-o", "plan"),
            console("fleet", "run", "fleet.toml"),
        ]
    assert [one.code in {0, 1, 4} for one in ended] == [True] * len(ended), ended
    said = [(str(at), one.said.encode()) for at, one in enumerate(ended)]
    told = [*said, *contents(tmp_path)]
    assert any(b"n.example" in text for _, text in told)  # what may be shown is there
    found = {
        (name, canary)
        for name, text in told
        for canary in canaries
        if any(form in text for form in forms(canary))
    }
    assert found == set()
