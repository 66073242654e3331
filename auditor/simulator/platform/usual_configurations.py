"""What the domain of a simulated PBX rolls out to its devices, which goes with its configuration.

Types and fields are those of `websocket-apis.md` 7.3 and no others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.simulator.platform.simulated_platform import SimulatedRollout
from auditor.simulator.simulated_pbx import SimulatedPbx

_BASE_USER: Final = "hot-desk-base"
_SEALED: Final = frozenset({"logPassword", "turnPassword"})
_LOGGED: Final = {"logUser": "log", "logPassword": "log-secret", "setLogUrl": True}
_CONFIGS: Final[Mapping[str, tuple[tuple[str, Mapping[str, Any], str], ...]]] = {
    "hardened": (
        ("NTP", {"ntp1": "10.20.0.31", "ntp2": "", "tz": "CET-1CEST-2,M3.5.0/2,M10.5.0/3"}, ""),
        (
            "ALARM_SERVER",
            {"url": "https://10.20.0.30/alarms", "logUrl": "https://10.20.0.30/log", **_LOGGED},
            "https://10.20.0.30/alarms",
        ),
        ("PHONE", {"srtpKey": "0", "srtpCipher": "0", "protectCfg": True}, ""),
        ("TLS_PROFILE", {"profile": "strict"}, ""),
    ),
    "insecure": (
        (
            "MEDIA",
            {"turnServer": "10.30.0.10", "turnUser": "turn", "turnPassword": ""},
            "10.30.0.10",
        ),
        ("PHONE", {"srtpKey": "4", "protectCfg": False, "hideCompleteCfg": False}, ""),
        ("TLS_PROFILE", {"profile": "normal"}, ""),
    ),
}


def usual_configurations(pbx: SimulatedPbx, domain: int) -> Iterator[SimulatedRollout]:
    """Yield what a domain rolls out to the devices of a PBX, all numbered by their domain."""
    script = (("EXPERT", {"script": _script(pbx)}, ""),)
    for number, (kind, values, seed) in enumerate((*_CONFIGS[pbx.config], *script), domain * 100):
        sealed = _SEALED.intersection(name for name, value in values.items() if value)
        yield SimulatedRollout(number, domain, kind, values, sealed, seed)


def _script(pbx: SimulatedPbx) -> str:
    """Return the script that registers phones as the base user, with the password of that."""
    base = pbx.index["h323", _BASE_USER]
    options = f"/h323 {_BASE_USER} /gk-pwd {pbx.password_of(base)}"
    return f"config add PHONE SIG {options}\r\nconfig write\r\nconfig activate\r\n"
