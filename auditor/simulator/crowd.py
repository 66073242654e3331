"""Makes up users for a large PBX, in the shape of the entries of a configuration file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_SURNAMES: Final = (
    *("Müller", "Schäfer", "Jäger", "Weiß", "König", "Löffler", "Böhm", "Çelik", "Grünwald"),
    *("Hölscher", "Kästner", "Faßbender", "Nößler", "Özdemir", "Röder", "Süß", "Zöller", "Krause"),
)
_FIRST_NAMES: Final = (
    *("Sören", "Käthe", "Jürgen", "Ayşe", "Björn", "Günther", "Rüdiger", "Jörg", "Änne", "Uwe"),
    *("Monika", "Thomas", "Sabine", "Peter", "Ulrike", "Michael", "Heike", "Klaus", "Deniz"),
)
_GROUPS: Final = ("Vertrieb", "Einkauf", "Technik", "Buchhaltung", "Geschäftsführung", "Lager")
# Each so many users have a licence of their own beside those of their template.
_WITH_VOICEMAIL: Final = 7
_FIRST_NUMBER: Final = 500_000
_FIRST_DEVICE: Final = 0x009033800000


def crowd(users: int) -> Iterator[Mapping[str, Any]]:
    """Yield users: distinct names, numbers and devices, the same for the same count."""
    for number in range(1, users + 1):
        surname = _SURNAMES[number % len(_SURNAMES)]
        first = _FIRST_NAMES[number // len(_SURNAMES) % len(_FIRST_NAMES)]
        own = {"voicemail": "true"} if number % _WITH_VOICEMAIL == 0 else {}
        yield {
            "cn": f"{surname}, {first} {number}",
            "h323": f"u{number}",
            "e164": str(_FIRST_NUMBER + number),
            "password": "random-strong",
            "attributes": {"dn": f"{first} {surname}", "config": "Config User", **own},
            "device": [{"hw": f"{_FIRST_DEVICE + number:012x}", "text": "IP222", "tls": "true"}],
            "grp": [{"name": _GROUPS[number % len(_GROUPS)], "mode": "active"}],
        }
