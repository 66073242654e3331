"""Objects as `GetObject` of the PBX's `PbxAdminApi` answers them, from 13r3 on.

Source: SDK doc/appwebsocket/PbxAdminApi.htm. A field that was asked for and is not there is not
set: own values, without what templates give, or effective ones. One of another type than documented
is not shown. A password that arrives unasked is dropped unread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, TypeGuard
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect
from auditor.messages.message import say
from auditor.model.account import Unit
from auditor.model.pbx_object import CONTENT, PbxObject
from auditor.model.snapshot import TEMPLATE_KIND
from auditor.sources.parse.known import KNOWN_PARTS, OTHER_ATTRIBUTES
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.objects import ObjectReader, without_parts
from auditor.sources.parse.reading import Reading

# The element that each table of an object is made of in XML.
TABLES: Final = {"cds": "cd", "devices": "device"}
_PSEUDO: Final = "pseudo"
_PARTS: Final = TABLES.keys() | {_PSEUDO}
_SECRET: Final = frozenset({"copyPwd", "pwd"})
_ENVELOPE: Final = frozenset({"api", "mt", "src"})
# Documented properties that nobody asked for.
_UNUSED: Final = OTHER_ATTRIBUTES | {
    *("allows", "app-lics", "dn", "forks", "grp", "gws", "no-dev", "presence", "profiles"),
    *("text", "wakeups"),
}


def read_object(
    answer: Mapping[str, Any], asked: Collection[str], dialect: Dialect, source: str
) -> PbxObject | None:
    """Return the object of an answer; None without a guid, for then there is none such."""
    if not isinstance(answer.get("guid"), str) or not answer["guid"]:
        return None
    scratch = Reading(source, "app-socket")
    odd = odd_parts(answer, asked)
    said = {name: value for name, value in answer.items() if name not in odd | _SECRET}
    plain = {name: _text(said[name]) for name in said if name in asked and name not in _PARTS}
    user = Element("user", plain)
    user.extend(one for name in said if name in _PARTS for one in _elements(name, said[name]) or ())
    visible = (KNOWN_PARTS.intersection(asked) | {CONTENT}) - odd
    ObjectReader(scratch, dialect, Ledger(source, say("read it again"))).add({}, [user], 0, visible)
    return scratch.objects[0] if scratch.objects else None


def odd_parts(answer: Mapping[str, Any], asked: Collection[str]) -> frozenset[str]:
    """Return what an answer shows in another form than documented: an object has it, or has not."""
    fields = {name: value for name, value in answer.items() if name in _PARTS or name in asked}
    odd = {
        name
        for name, value in fields.items()
        if (_elements(name, value) is None if name in _PARTS else not isinstance(value, str | bool))
    }
    return frozenset(odd - _SECRET | ({CONTENT} if _PSEUDO in odd else set()))


def without_parents(shown: PbxObject, answer: Mapping[str, Any], reading: Reading) -> PbxObject:
    """Return a template without what it says of its parents, which is kept beside it.

    `config` holds one name; all parents of a template, up to four, GetConfigObjects lists. So that
    it holds none says nothing, and what is no name leaves them open.
    """
    if shown.kind != TEMPLATE_KIND:
        return shown
    if not isinstance(answer.get("config", ""), str):
        reading.disputed_templates.add(shown.cn)
    for parent in shown.templates:
        reading.own_parents[shown.cn] = parent
    return without_parts(shown, {"config"})


def strange_fields(answer: Mapping[str, Any], asked: Collection[str]) -> list[str]:
    """Return the fields of an answer that no document explains."""
    known = {*asked, *_ENVELOPE, *_SECRET, *_UNUSED}
    return [name for name in answer if name not in known]


def count_fields(ledger: Ledger, answer: Mapping[str, Any], asked: Collection[str]) -> None:
    """Count the fields of an answer."""
    strange = len(strange_fields(answer, asked)) + len(odd_parts(answer, asked) - {CONTENT})
    ledger.use(Unit.MESSAGES)
    ledger.use(Unit.ATTRIBUTES, len(answer) - strange)
    if strange:
        ledger.misread(Unit.ATTRIBUTES, 1, strange)


def _elements(name: str, value: object) -> list[Element] | None:
    """Return the elements that a field stands for; None if it is not as documented."""
    if name == _PSEUDO:
        return [_element(_PSEUDO, value)] if _is_understood(value) else None
    if not isinstance(value, list) or not all(map(_is_understood, value)):
        return None
    return [_element(TABLES[name], row) for row in value]


def _element(tag: str, value: Mapping[str, Any]) -> Element:
    """Return an entry as the element that it is in XML: texts are attributes, the rest children."""
    plain = {name: _text(one) for name, one in value.items() if not isinstance(one, dict | list)}
    made = Element(tag, plain)
    for name, one in value.items():
        made.extend(_element(name, inner) for inner in _inside(one))
    return made


def _inside(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from value


def _is_understood(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether an entry holds texts, check marks and numbers, or entries of such."""
    if not isinstance(value, dict):
        return False
    for one in value.values():
        inner = one if isinstance(one, list) else [one]
        if not all(_is_understood(e) if isinstance(e, dict) else _is_plain(e) for e in inner):
            return False
        if isinstance(one, list) and not all(isinstance(e, dict) for e in one):
            return False
    return True


def _is_plain(value: object) -> bool:
    return isinstance(value, str | bool | int)


def _text(value: str | bool | int) -> str:  # noqa: FBT001 -- a JSON value, not a switch
    return str(value).lower() if isinstance(value, bool) else str(value)
