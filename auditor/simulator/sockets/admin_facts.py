"""The single answers of `PbxAdminApi`: one object, and what the PBX is and has.

Who writes with these messages is refused. `MonitorAdminObject`, `GetAppLogin` and all that no
auditor may send are not simulated: they are met with silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote
from zlib import crc32

from auditor.simulator.object_changes import object_named
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.simulator.sockets.json_messages import Message, answer_to, text_in
from auditor.simulator.sockets.json_objects import get_object, row_elements
from auditor.simulator.sockets.requests import Answer, Answers, AppRequest, refused_write, silence
from auditor.simulator.sockets.trains import is_since, train_of_simulated

LOCATION: Final = "master"
_MODULE: Final = "PBX0"
_OPTION: Final = re.compile(r"/(\S+)(?:\s+([^/\s]\S*))?")
_NAMES: Final = ("guid", "cn", "h323")
_DEPTH: Final = 10
_HOSTS: Final = 50_000


def system_name(pbx: SimulatedPbx) -> str:
    """Return the System Name, which is the domain of its users."""
    return pbx.online.system


def _get_object(request: AppRequest) -> list[Message]:
    """Answer one object; of one that is not there, an answer without `guid`."""
    pbx, message = request.pbx, request.message
    one = _named(request)
    if one is None:
        return request.answer()
    if not is_since(pbx, "13r3"):  # no choice of fields and templates yet
        return request.answer(**get_object(pbx, one, templates=False))
    found = get_object(pbx, one, templates=message.get("template") == "with")
    wanted = message.get("properties")
    if isinstance(wanted, list):
        found = {name: value for name, value in found.items() if name in wanted}
    return request.answer(**found)


def _get_pbx_config(request: AppRequest) -> list[Message]:
    return request.answer(loc=LOCATION)


def _monitor_config(request: AppRequest) -> list[Message]:
    """Answer, and tell once what there is to watch: it never changes here."""
    if request.message.get("stop") is True:
        return request.answer()
    pbx = request.pbx
    names = {"domain": system_name(pbx), "pbx": LOCATION, "dns": pbx.online.dns}
    told = answer_to(request.message, {**names, "ip4": _address(pbx)}, "MonitorConfigInfo")
    return [*request.answer(), told]


def _get_rps(request: AppRequest) -> list[Message]:
    """Answer the reverse proxies that the PBX knows, by the MAC in their certificates."""
    pbx = request.pbx
    known = options(pbx, "SIM-RP0").get("sim-devices", "")
    proxies = [
        {"addr": pbx.online.proxies.get(mac, ""), "cert": mac, "cert2": ""}
        for mac in known.split(",")
        if mac
    ]
    return request.answer(addr=_address(pbx), hw=pbx.box.serial, dns=pbx.online.dns, rp=proxies)


def _get_stun(request: AppRequest) -> list[Message]:
    """Answer the servers, the password among them: a real PBX sends it without being asked."""
    turn = options(request.pbx, "SIM-TURN0")
    return request.answer(
        stun=turn.get("sim-stun", ""),
        turn=turn.get("sim-server", ""),
        turnUsr=turn.get("sim-user", ""),
        turnPwd=turn.get("sim-password", ""),
        stunSlow=False,
    )


def _get_regs(request: AppRequest) -> list[Message]:
    """Answer the devices of an object; of one that is not there, nothing is documented."""
    one = _named(request)
    if one is None:
        return []
    found = [row.attributes["hw"] for row in row_elements(one, "device")]
    pairs = [{"hw": device, "addr": _seen_at(request.pbx, device)} for device in found]
    return request.answer(cn=one.cn, regs=pairs)


def _get_location(request: AppRequest) -> list[Message]:
    """Answer where a PBX is: for one that is not registered, where the asked one is."""
    pbx = request.pbx
    where = {"module": _MODULE, "dns": pbx.online.dns, "addr": _address(pbx)}
    return request.answer(loc=text_in(request.message, "loc"), http=80, https=443, **where)


def _get_licences(request: AppRequest) -> list[Message]:
    """Answer the licences; in test mode there is no list at all."""
    if request.state.behaviour.sockets.test_mode:
        return request.answer()
    version = train_of_simulated(request.pbx).partition("r")[0]
    return request.answer(
        lic=[
            {"name": row["name"], "version": version, "count": row["count"], "used": row["used"]}
            | {"local": row["used"], "slaves": "0"}
            for row in request.pbx.licences
        ]
    )


def _get_normalized_number(request: AppRequest) -> list[Message]:
    """Answer the number of an object with the prefixes of the nodes above it, as for `GetRegs`."""
    one = _named(request)
    if one is None:
        return []
    number, node = one.names.get("e164", ""), one.names.get("node", "")
    for _ in range(_DEPTH):
        above = request.pbx.index.get(("cn", node))
        if above is None or above.kind != "node":
            break
        number, node = above.names.get("e164", "") + number, above.names.get("node", "")
    return request.answer(number=number)


def options(pbx: SimulatedPbx, module: str) -> Mapping[str, str]:
    """Return the options of the line of a module in `cfg.txt`."""
    lines = (line.removeprefix(f"{module} ") for line in pbx.modules if line.split()[0] == module)
    return {found[1]: unquote(found[2] or "") for line in lines for found in _OPTION.finditer(line)}


def _named(request: AppRequest) -> SimulatedObject | None:
    """Return the object that a message names; by `h323` only since 13r2."""
    message = request.message
    known = _NAMES if is_since(request.pbx, "13r2") else _NAMES[:2]
    return object_named(request.pbx, {name: text_in(message, name) for name in known})


def _address(pbx: SimulatedPbx) -> str:
    lines = (line for line in pbx.modules if line.startswith("IP0 ETH0 "))
    return next((found[1] for line in lines if (found := re.search(r"/addr (\S+)", line))), "")


def _seen_at(pbx: SimulatedPbx, device: str) -> str:
    """Return where the PBX sees a device: behind a reverse proxy, at the address of that."""
    if device in pbx.online.behind and pbx.online.proxies:
        return next(iter(pbx.online.proxies.values()))
    network = _address(pbx).rsplit(".", 2)[0]
    number = crc32(device.encode()) % _HOSTS
    return f"{network}.{number // 250 + 1}.{number % 250 + 1}"


def since(train: str, answer: Answer) -> Answer:
    """Return the answer for firmware of a train or later, silence before."""
    return lambda request: answer(request) if is_since(request.pbx, train) else silence(request)


FACTS: Final[Answers] = {
    "DeleteObject": refused_write,
    "GetAppLics": _get_licences,
    "GetLocation": since("13r2", _get_location),
    "GetNormalizedNumber": since("13r2", _get_normalized_number),
    "GetObject": _get_object,
    "GetPbxConfig": _get_pbx_config,
    "GetPbxLicenses": since("13r2", _get_licences),
    "GetRPs": _get_rps,
    "GetRegs": _get_regs,
    "GetStun": _get_stun,
    "MonitorConfig": _monitor_config,
    "UpdateObject": refused_write,
}
