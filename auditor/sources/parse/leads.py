"""Where the pseudo element of an object says that calls are passed on to.

Documented is the number map: `<match><dest e164=…/></match>` (wiki PBX/Config/Import). How waiting
queues, quick dialling and reroutes of nodes are stored is not. So wherever a pseudo element names
a number or a name, calls may go there, and other texts that look like numbers may be some.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from auditor.model.snapshot import (
    APP_KIND,
    GATEWAY_KIND,
    MAP_KIND,
    TEMPLATE_KIND,
    TRUNK_KIND,
    Lead,
)
from auditor.sources.parse.xml import STRAY

# Templates and apps have parts of their own; where trunks lead is known otherwise.
_OTHERS: Final = frozenset({APP_KIND, GATEWAY_KIND, TEMPLATE_KIND, TRUNK_KIND})
_ENDS: Final = ("e164", "h323")
_NUMBER: Final = re.compile(r"\+?[0-9*#]{3,}")
_UNKNOWN: Final = Lead("", "")


def leads_of_pseudo(pseudo: Element) -> tuple[Lead, ...]:
    """Return where calls are passed on to."""
    kind = pseudo.get("type", "")
    if kind in _OTHERS or (kind != MAP_KIND and len(pseudo.attrib) <= 1 and not len(pseudo)):
        return ()
    found = [lead for element in pseudo.iter() for lead in _named_by(element)]
    if kind == MAP_KIND:
        found += _unnamed(pseudo)
    if any(element.tag == STRAY for element in pseudo.iter()):
        found.append(_UNKNOWN)
    return tuple(dict.fromkeys(found))


def _named_by(element: Element) -> Iterator[Lead]:
    """Yield what one element names; an address beside it makes it a registration."""
    e164, h323 = (element.get(name, "") for name in _ENDS)
    if (e164 or h323) and "addr" not in element.attrib:
        yield Lead(e164, h323)
    for name, text in element.attrib.items():
        if name not in {*_ENDS, "type"} and _NUMBER.fullmatch(text):
            yield Lead(text, "", sure=False)


def _unnamed(pseudo: Element) -> list[Lead]:
    """Return an unknown destination for each part of a map that names none."""
    ends = [*pseudo.iter("dest")]
    empty = [end for end in ends if not any(map(end.get, _ENDS))]
    unfinished = [match for match in pseudo.iter("match") if match.find("dest") is None]
    return [_UNKNOWN] if empty or unfinished or not ends else []


def parts_of_node(pseudo: Element) -> tuple[str, ...]:
    """Return the parts of a node or PBX that nothing explains, and that may be escape digits."""
    names = [name for name in pseudo.attrib if name != "type"]
    return (*names, *(child.tag for child in pseudo if child.tag != "ep"))
