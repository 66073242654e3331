"""The reverse proxies that a PBX knows, and which devices it sees at the address of one.

Source: SDK doc/appwebsocket/PbxAdminApi.htm, `GetRPs` and `GetRegs`, 13r3. `cert` is the MAC
address of a proxy, or the name in its certificate, and `cert2` an alternate one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor.messages.message import Message, say
from auditor.sources.parse.answer_facts import AnswerFacts
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.pbx_itself import PbxItself
from auditor.sources.parse.reading import Reading
from auditor.values.ip_addresses import address_of

PROXIES: Final = "reverse_proxies"
_MAC: Final = re.compile(r"[0-9A-Fa-f]{12}|[0-9A-Fa-f]{2}([-:.][0-9A-Fa-f]{2}){5}")
_NO_HEX: Final = re.compile("[-:.]")
_HERE: Final = say("a reverse proxy is at the address of the PBX itself")
_UNCLEAR: Final = say("whether a reverse proxy is another host than the PBX is not clear")
_NAMES: Final = ("addr", "cert", "cert2")
_DEVICE: Final = re.compile(r"[\w.#*@-]{1,64}")


class ProxyAnswers(AnswerFacts):
    """Turns answers about reverse proxies into facts of one reading."""

    def __init__(self, reading: Reading, ledger: Ledger) -> None:
        super().__init__(reading, ledger)
        # Where the PBX sees its reverse proxies, and what they are called themselves.
        self.proxy_addresses: set[str] = set()
        self._proxies: set[str] = set()

    def proxies(self, answer: Mapping[str, Any]) -> str:
        """Add the reverse proxies that the PBX knows; return the MAC address of the PBX."""
        self.begin(answer, {"addr", "rp", "hw"}, {"dns"})
        self.check_texts(answer, "addr", "dns")
        if answer.get("hw") and not _mac(answer["hw"]):
            self.count_odd("hw")
        found = answer.get("rp")
        listed = [found] if isinstance(found, dict) else found
        if not isinstance(listed, list):
            self._open(PROXIES, answer, "rp")
            return _mac(answer.get("hw"))
        box = self._reading.box
        own = _hex(_mac(answer.get("hw")) or (box.serial.lower() if box else ""))
        itself = PbxItself.of(answer, own)
        known = [self._proxy(one, itself) for one in listed]
        if not known:
            self._reading.unanswered[PROXIES] = say(
                "the PBX knows no reverse proxy, which does not say that there is none"
            )
        elif all(is_named for _, is_named in known):
            macs = tuple(dict.fromkeys(mac for several, _ in known for mac in several))
            note = say("these are the reverse proxies that the PBX knows")
            self._set(PROXIES, macs, "GetRPs cert", note=note)
        else:
            self._reading.partly_named[PROXIES] = tuple(frozenset(macs) for macs, _ in known)
            self._reading.unanswered[PROXIES] = say(
                "the PBX knows a reverse proxy by another name than its MAC address"
            )
        return _mac(answer.get("hw"))

    def _proxy(self, item: object, itself: PbxItself) -> tuple[list[str], bool]:
        """Return the MAC addresses of a proxy, `cert` and the alternate one, as far as they are.

        And whether it is known by the first. One that is not told from the PBX, and has not its MAC
        address, is a doubt.
        """
        if not isinstance(item, dict):
            self.count_odd("rp")
            return [], False
        self.fields(item, {*_NAMES}, ())
        self.check_texts(item, *_NAMES)
        first, second = (_mac(item.get(name)) for name in ("cert", "cert2"))
        found = {_hex(mac): mac for mac in (second, first) if mac}
        self._proxies |= found.keys()
        stated = item.get("addr")
        if isinstance(stated, str):
            self.proxy_addresses |= {_address(stated)} - {""}
        if itself.mac not in found and (reason := _taken_for(item, itself)):
            self._doubt(PROXIES, reason)
        return [*found.values()], bool(first)

    def registered(self, answer: Mapping[str, Any], cn: str) -> list[tuple[str, bool]]:
        """Return the hardware ids that an object is registered with, and whether by a proxy.

        That is so at the address of one. Those of the proxies themselves are left out. The text has
        `regs` as a list of pairs, the schema each pair within `reg`.
        """
        self.begin(answer, {"cn", "regs"}, {"guid"})
        listed = answer.get("regs")
        if answer.get("cn") != cn or not isinstance(listed, list):
            self.count_odd("regs")
            return []
        return [found for item in listed if (found := self._registered(item)) is not None]

    def _registered(self, item: object) -> tuple[str, bool] | None:
        inner = item.get("reg", item) if isinstance(item, dict) else None
        if not isinstance(inner, dict):
            self.count_odd("reg")
            return None
        self.fields(inner, {"hw", "addr"}, ())
        device, address = inner.get("hw"), _address(inner.get("addr"))
        if not isinstance(device, str) or not _DEVICE.fullmatch(device) or not address:
            self.count_odd("reg")
            return None
        by_proxy = address in self.proxy_addresses
        is_own = by_proxy and _hex(device.lower()) in self._proxies
        return None if is_own else (device, by_proxy)


def _taken_for(item: Mapping[str, Any], itself: PbxItself) -> Message | None:
    """Return why a proxy may be the PBX itself; None if all that it says is plainly another's.

    What is empty, or left out, says nothing.
    """
    told = {name: item[name] for name in _NAMES if item.get(name, "") != ""}
    texts = {name: one for name, one in told.items() if isinstance(one, str)}
    texts = {name: one for name, one in texts.items() if name == "addr" or not _mac(one)}
    if any(map(itself.is_at, texts.values())):
        return _HERE
    is_unclear = any(not isinstance(one, str) for one in told.values()) or any(
        itself.may_be_at(one) if name == "addr" else itself.may_be_called(one)
        for name, one in texts.items()
    )
    return _UNCLEAR if is_unclear else None


def _mac(stated: object) -> str:
    """Return a MAC address in small letters; empty for anything else."""
    return stated.lower() if isinstance(stated, str) and _MAC.fullmatch(stated) else ""


def _hex(mac: str) -> str:
    return _NO_HEX.sub("", mac)


def _address(stated: object) -> str:
    """Return an address of IP in one spelling; empty for anything else."""
    address = address_of(stated) if isinstance(stated, str) else None
    return "" if address is None else str(address)
