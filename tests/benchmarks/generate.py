"""Writes a made-up `cfg.txt` of any size, and a site file that fits it: `generate.py N FOLDER`.

The same number of users gives the same bytes. Every tenth user is a hot-desk user, every fiftieth
violates one control, and the four kinds of violation take turns. Nothing else is violated.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.pbx import crypt

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE_USER: Final = "hot-desk-base"
HOT_DESK_EVERY: Final = 10
VIOLATION_EVERY: Final = 50
CALL_EVERY: Final = 5
# The control that each kind of violation breaks; users take turns in this order.
VIOLATED: Final = ("HD-07", "HD-15", "HD-16", "PBX-17")

_ITEM: Final = "mod cmd FLASHDIR0 add-item 101 "
_CALL: Final = "mod cmd FLASHDIR0 add-item 104 "
_PBX_PASSWORD: Final = "benchmark-only"
ALPHABET: Final = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_"
_SURNAMES: Final = (
    *("Müller", "Schäfer", "Jäger", "Weiß", "König", "Löffler", "Böhm", "Çelik", "Grünwald"),
    *("Hölscher", "Kästner", "Faßbender", "Nößler", "Özdemir", "Röder", "Süß", "Zöller", "Krause"),
)
_FIRST_NAMES: Final = (
    *("Sören", "Käthe", "Jürgen", "Ayşe", "Björn", "Günther", "Rüdiger", "Jörg", "Änne", "Uwe"),
    *("Monika", "Thomas", "Sabine", "Peter", "Ulrike", "Michael", "Heike", "Klaus", "Deniz"),
)
_GROUPS: Final = ("Vertrieb", "Einkauf", "Technik", "Buchhaltung", "Geschäftsführung", "Lager")
_SPELLED_OUT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ç": "c", "ş": "s"}
)
_HEADER: Final = """\
vars check 4f1c2a9be07d3358c61f20
# 13r3 service-release-12 IP6010[13.5212], Bootcode[135212], HW[304] 65536/131072
# IP6010-5e-10-0a
#
config change CMD0 /name PBX%20D%C3%BCsseldorf
config change FLASHMAN0
config change VARS
config change CPU
config change SNMP0
config change LOG0
config change CDR0
config change MEDIA-FWD
config change ETH0
config change ETH0
config change ETH0
config change ETH1
config change ETH1
config change IP0 /priority-tos 0x10 /rtp-base 16384 /rtp-range 128
config change IP0 ETH0 /addr 10.40.0.10 /mask 255.255.0.0 /multicast 1
config change IP0 ETH1
config change RELAY0 SIP1
config change RELAY0 SIP2 /disabled
config change UP1 /url https%3A%2F%2Fap.example.com%2Fupdate /poll 15 /no-dhcp
config change PBX0 /sim-regs-without-pwd 0
vars create CMD0/AUTH pc 9d41c7720ab35e6801f4c2d9b7735a10e4
vars create UPDATE/CHECK p 1
"""
_PBX: Final = """\
(cn=master)(guid=00000000000000000000000000000001)(h323=master)(node=root)(loc=master)\
(pbx=<user hide="true"><pseudo type="loc"/></user>)\
"""
_TEMPLATES: Final = """\
(cn=Config User)(guid={0:032x})(h323=config-user)(node=root)(loc=master)\
(pbx=<user filter="national" cd-filter="intern" apps="phone,users,profile" uclic="true">\
<pseudo type="config"/></user>)
(cn=Config Technik)(guid={1:032x})(h323=config-technik)(node=root)(loc=master)\
(pbx=<user filter="international" cd-filter="intern" apps="phone,users,profile" uclic="true">\
<pseudo type="config"/></user>)
(cn=Hot Desk User)(guid={2:032x})(h323=hot-desk-user)(node=root)(loc=master)\
(pbx=<user filter="national" cd-filter="intern" phone-config="true" apps="phone,users,profile" \
uclic="true"><pseudo type="config"/></user>)
(cn=Hot Desk Base Template)(guid={3:032x})(h323=hot-desk-base-template)(node=root)(loc=master)\
(pbx=<user filter="intern" cd-filter="intern" phone-config="true"><pseudo type="config"/></user>)
"""
_FILTERS: Final = """\
(pbx=<filter name="intern"><sim-row number="0" next="nok"/><sim-row number="0110" next="ok"/>\
<sim-row number="0112" next="ok"/></filter>)\
(pbx=<filter name="national"><sim-row number="0" next="ok"/><sim-row number="000" next="nok"/>\
<sim-row number="00900" next="nok"/><sim-row number="0118" next="nok"/></filter>)\
(pbx=<filter name="international"><sim-row number="00900" next="nok"/></filter>)\
(pbx=<sim-ip-filter><net addr="10.40.0.0" mask="255.255.0.0"/>\
<net addr="fd12:3456:789a::" mask="ffff:ffff:ffff::"/></sim-ip-filter>)\
"""
_SITE: Final = f"""\
# Fits the generated cfg.txt. Hot-desk users are not named, so the auditor derives them.
[target]
name = "Benchmark"
dialect = "simulated"

[hot_desk]
base_users = ["{BASE_USER}"]

[dialling]
trunk_prefixes = ["0"]
"""


def write(users: int, folder: Path) -> tuple[Path, Path]:
    """Write `cfg.txt` and `site.toml` for so many users into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration, site = folder / "cfg.txt", folder / "site.toml"
    with configuration.open("w", encoding="utf-8", newline="\r\n") as file:
        file.writelines(f"{line}\n" for line in lines(users))
    site.write_text(_SITE, encoding="utf-8")
    return configuration, site


def expected_violations(users: int) -> dict[str, int]:
    """Return how many observations of each control are violated; other controls have none."""
    count = dict.fromkeys(VIOLATED, 0)
    for number in range(VIOLATION_EVERY, users + 1, VIOLATION_EVERY):
        count[_violated(number)] += 1
    return count


def lines(users: int) -> Iterator[str]:
    """Yield the lines of a `cfg.txt`, without line ends."""
    source = _Source()
    yield from _HEADER.splitlines()
    templates = _TEMPLATES.format(*(source.guid() for _ in range(4)))
    yield f"{_ITEM}{_PBX}"
    yield from (f"{_ITEM}{line}" for line in templates.splitlines())
    yield (
        f"{_ITEM}(cn=Trunk Telefonie)(guid={source.guid():032x})(h323=trunk)(e164=0)(node=root)"
        f'(loc=master)(pbx=<user hide="true" pwd="{source.password()}">'
        '<pseudo type="trunk"/></user>)'
    )
    yield (
        f"{_ITEM}(cn=Hot Desk Base)(guid={source.guid():032x})(h323={BASE_USER})(e164=#10)"
        '(node=root)(loc=master)(pbx=<user hide="true" config="Hot Desk Base Template" '
        f'pwd="{source.password()}"><device hw="{BASE_USER}" text="Hot Desk" tls="true"/></user>)'
    )
    for number in range(1, users + 1):
        yield _user(number, source)
        if number % CALL_EVERY == 0:
            yield (
                f"{_CALL}(cn=Anruf {number})(e164=0089555{number:06d})(type=call)(info=n{number})"
            )
    own = source.encrypt(_PBX_PASSWORD.encode())
    yield (
        f"{_ITEM}(cn=_ADMIN_)(guid={source.guid():032x})(h323=pbx-admin){_FILTERS}"
        f'(pbx=<user pwd="{own}" key="{source.admin_key.hex()}"/>)'
    )


class _Source:
    """Repeatable guids and passwords, encrypted as the PBX stores them."""

    def __init__(self) -> None:
        self._random = random.Random(13)  # noqa: S311 -- made-up data that must repeat
        self.admin_key = self._random.randbytes(16)
        key = crypt.pbx_key(_PBX_PASSWORD, self.admin_key)
        # RC4 adds the same bytes to every password, so they are computed once.
        self._keystream = int.from_bytes(crypt.encrypt(key, ""))

    def guid(self) -> int:
        return self._random.getrandbits(128)

    def password(self) -> str:
        length = self._random.randint(14, 20)
        return self.encrypt(bytes(self._random.choices(ALPHABET, k=length)))

    def encrypt(self, clear: bytes) -> str:
        padded = int.from_bytes(clear.ljust(crypt.FIELD_BYTES, b"\0"))
        return f"{padded ^ self._keystream:0{2 * crypt.FIELD_BYTES}x}"


def _violated(number: int) -> str:
    """Return the control that a user violates, empty for most users."""
    turn, rest = divmod(number, VIOLATION_EVERY)
    return "" if rest else VIOLATED[(turn - 1) % len(VIOLATED)]


def _user(number: int, source: _Source) -> str:
    surname = _SURNAMES[number % len(_SURNAMES)]
    first_name = _FIRST_NAMES[number // len(_SURNAMES) % len(_FIRST_NAMES)]
    name = f"{first_name[0]}.{surname}{number}".lower().translate(_SPELLED_OUT)
    group = _GROUPS[number % len(_GROUPS)]
    hot_desk = number % HOT_DESK_EVERY == 0
    template = "Hot Desk User" if hot_desk else ("Config User", "Config Technik")[number % 2]
    devices = _hot_desk_devices(number, name) if hot_desk else _phone(number)
    return (
        f"{_ITEM}(cn={surname}, {first_name} {number})(guid={source.guid():032x})(h323={name})"
        f"(e164={200 + number})(node=root)(loc=master)"
        f'(pbx=<user dn="{first_name} {surname}" config="{template}" pwd="{source.password()}">'
        f'{devices}<grp name="{group}" mode="active"/></user>)'
    )


def _hot_desk_devices(number: int, name: str) -> str:
    violated = _violated(number)
    own = f"{name}-alt" if violated == "HD-07" else name
    flags = {"HD-15": ' no-filter="true"', "HD-16": ' trusted="true"'}.get(violated, "")
    tls = "" if violated == "HD-16" else ' tls="true"'
    phone = _phone(number - 1 if violated == "PBX-17" else number)
    return f'<device hw="{own}" text="Hot Desk"{tls}{flags}/>{phone}'


def _phone(number: int) -> str:
    return f'<device hw="{0x009033000000 + number:012x}" text="IP222" tls="true"/>'


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
