"""PBX objects: XML elements and their attributes to frozen objects, secrets set apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from sys import intern
from typing import Final
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect
from auditor.messages.message import say
from auditor.model.account import Irrelevant, Unit
from auditor.model.snapshot import CONTENT, PbxObject
from auditor.model.vocabulary import Area
from auditor.passwords import classify
from auditor.pbx.number_classes import DIALLED
from auditor.sources.parse import known
from auditor.sources.parse.admin_object import AdminReader
from auditor.sources.parse.ledger import CONTRADICTION, OBJECT_AREAS, UNREADABLE, Ledger
from auditor.sources.parse.object_names import SPECIAL
from auditor.sources.parse.parts import NOTHING, PARTS_BY_TAG, PartReader, Parts
from auditor.sources.parse.reading import Reading

ADMIN_OBJECT: Final = "_ADMIN_"

_USER: Final = "user"
_KEPT: Final = known.KEPT_ATTRIBUTES
_OUTER: Final = known.KEPT_ATTRIBUTES | known.NAMING_ATTRIBUTES | known.OTHER_ATTRIBUTES
_NAMING_CHILDREN: Final = frozenset({"pseudo", "ep"})


class ObjectReader:
    """Turns elements into objects of one reading, and keeps account of what they are made of."""

    def __init__(self, reading: Reading, dialect: Dialect, ledger: Ledger) -> None:
        self._reading = reading
        self._dialect = dialect
        self._ledger = ledger
        self._parts = PartReader(dialect)
        self._other_attributes = known.OTHER_ATTRIBUTES | dialect.irrelevant.attributes.keys()
        self._known_attributes = known.USED_ATTRIBUTES | self._other_attributes
        self.admin = AdminReader(reading, dialect, ledger)
        self._place = 0

    def add(
        self,
        names: Mapping[str, str],
        nodes: Sequence[Element],
        line: int,
        visible: frozenset[str] | None = None,
    ) -> None:
        """Add one object: its outer attributes and the elements of its `pbx` values.

        `line` is 0 where there are no lines; `visible` says what its source would show.
        """
        self._place = line or self._place + 1
        attributes: Mapping[str, str] = NOTHING
        children: Iterable[Element] = ()
        is_shown = len(nodes) == 1 and nodes[0].tag == _USER
        if is_shown:
            attributes, children = nodes[0].attrib, nodes[0]
        elif nodes:
            attributes, children, is_shown = _joined(nodes)
        cn = names.get("cn") or attributes.get("cn", "")
        if cn == ADMIN_OBJECT:
            self._reading.admin_guid = names.get("guid") or attributes.get("guid", "")
            if visible is None:
                self.admin.add(attributes, list(children), line, self._place, is_shown=bool(nodes))
            return
        if visible is not None and cn in SPECIAL:
            return
        parts = self._parts.read(attributes, children)
        hidden = self._hidden(names, attributes, parts, is_shown=is_shown)
        number = names.get("e164") or attributes.get("e164", "")
        if not DIALLED.issuperset(number):
            hidden |= {"e164"}  # it is none that anybody could dial
        if hidden:
            visible = (known.KNOWN_PARTS if visible is None else visible) - hidden
        secret = attributes.get("pwdx") or attributes.get("pwd")
        reading = self._reading
        reading.secrets.append(secret)
        reading.objects.append(
            PbxObject(
                names.get("guid") or attributes.get("guid", ""),
                cn,
                names.get("h323") or attributes.get("h323", ""),
                number,
                parts.kind,
                _kept(names, attributes),
                parts.templates,
                parts.devices,
                parts.forks,
                parts.diversions,
                parts.allowances,
                parts.rights,
                visible,
                parts.unexplained,
                classify(secret),
                reading.source,
                line,
                parts.leads,
            )
        )

    def _hidden(
        self,
        names: Mapping[str, str],
        attributes: Mapping[str, str],
        parts: Parts,
        *,
        is_shown: bool,
    ) -> frozenset[str]:
        """Return what an object does not show for certain; count what it is made of."""
        hidden = parts.hidden
        ledger = self._ledger
        ledger.use(Unit.PARTS, parts.children - parts.others - parts.strange)
        if parts.others:
            ledger.pass_over(Unit.PARTS, Irrelevant.NAMED_ELSEWHERE, parts.others)
        if parts.strange:
            ledger.misread(Unit.PARTS, self._place, parts.strange)
        strange = self._count_attributes(names, attributes, parts.members)
        if strange or not is_shown:
            hidden |= _absent(names, attributes) if is_shown else known.KNOWN_PARTS - names.keys()
        if _has_two_passwords(attributes):
            hidden |= {"pwd"}
            ledger.doubt((Area.PASSWORDS,), CONTRADICTION, self._place, say("two passwords of it"))
        if not names.keys().isdisjoint(attributes) and (clash := _clashing(names, attributes)):
            hidden |= clash
            ledger.doubt(
                OBJECT_AREAS, CONTRADICTION, self._place, say("two values for one name of it")
            )
        if parts.is_kind_open:
            ledger.doubt(OBJECT_AREAS, UNREADABLE, self._place, say("its kind is not understood"))
        elif not is_shown:
            ledger.doubt(OBJECT_AREAS, UNREADABLE, self._place, say("it shows its names only"))
        return hidden

    def _count_attributes(
        self, names: Mapping[str, str], attributes: Mapping[str, str], members: int
    ) -> int:
        """Count attributes, `members` of children; return how many are not understood."""
        ledger = self._ledger
        other = strange = 0
        if not (known.USED_ATTRIBUTES.issuperset(attributes) and _OUTER.issuperset(names)):
            odd = [*names.keys() - _OUTER, *attributes.keys() - self._known_attributes]
            unlicensed = sum(name.endswith(known.UNLICENSED) for name in odd)
            strange = len(odd) - unlicensed
            other = len(self._other_attributes.intersection(attributes)) + unlicensed
        ledger.use(Unit.ATTRIBUTES, members + len(names) + len(attributes) - other - strange)
        if other:
            ledger.pass_over(Unit.ATTRIBUTES, Irrelevant.NAMED_ELSEWHERE, other)
        if strange:
            ledger.misread(Unit.ATTRIBUTES, self._place, strange)
        return strange


def _kept(names: Mapping[str, str], attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that are kept; equal values, of which there are many, are one text."""
    kept = {k: intern(v) for k, v in names.items() if k in _KEPT}
    kept.update([(k, intern(v)) for k, v in attributes.items() if k in _KEPT])
    return kept


def _joined(nodes: Iterable[Element]) -> tuple[Mapping[str, str], list[Element], bool]:
    """Return attributes and children of an object that is spread over several elements.

    The last says whether one of them is the `user` element.
    """
    attributes: Mapping[str, str] = NOTHING
    children: list[Element] = []
    is_shown = False
    for node in nodes:
        if node.tag == _USER:
            attributes, is_shown = node.attrib, True
            children.extend(node)
        else:
            children.append(node)
    return attributes, children, is_shown


def _has_two_passwords(attributes: Mapping[str, str]) -> bool:
    """Return whether an object states two passwords: `pwd` is a mask where there is a `pwdx`."""
    shown, stored = attributes.get("pwd"), attributes.get("pwdx")
    return bool(shown and stored) and shown != stored and not _is_mask(shown)


def is_other_password(stored: str | None, secret: str | None) -> bool:
    """Return whether two stored passwords contradict: a mask says that there is one, not which."""
    if _is_mask(stored) or _is_mask(secret):
        return not (stored and secret)
    return stored != secret


def _is_mask(secret: str | None) -> bool:
    return bool(secret) and set(secret or "") == {"*"}


def _absent(names: Mapping[str, str], attributes: Mapping[str, str]) -> frozenset[str]:
    """Return the attributes that an object has not: one that is not understood could be each."""
    absent = known.KNOWN_PARTS - names.keys() - attributes.keys() - known.CHILD_PARTS
    return absent if "pwdx" not in attributes else absent - {"pwd"}


def _clashing(names: Mapping[str, str], attributes: Mapping[str, str]) -> frozenset[str]:
    """Return the names that an object states twice, and differently."""
    return frozenset(k for k in names.keys() & attributes.keys() if names[k] != attributes[k])


def is_summary(node: Element) -> bool:
    """Return whether an element carries names only, as the items of a list page do."""
    return known.NAMING_ATTRIBUTES.issuperset(node.attrib) and all(
        child.tag in _NAMING_CHILDREN for child in node
    )


def shown_in_list(node: Element) -> frozenset[str]:
    """Return the attributes and parts of which an item of a list page says something.

    What such an item leaves out is not said. A part of which it shows an element, it shows; inside
    of a pseudo element that has nothing but attributes there may be more.
    """
    shown = {*node.attrib, "pseudo"}
    if "pwdx" in node.attrib:
        shown.add("pwd")
    for child in node:
        if child.tag != "pseudo":
            shown |= PARTS_BY_TAG.get(child.tag, frozenset())
        elif len(child):
            shown |= {CONTENT, "config"}
        elif child.get("config"):
            shown.add("config")
    return known.KNOWN_PARTS & shown


def without_parts(subject: PbxObject, parts: Collection[str]) -> PbxObject:
    """Return an object that no longer claims to show parts which two answers contradict.

    Nothing of them is left, so that no control decides by what one of both said. What an object is
    called, its kind and its number, is left where other objects refer to it by that.
    """
    visible = known.KNOWN_PARTS if subject.visible is None else subject.visible
    kept = {name: value for name, value in subject.attributes.items() if name not in parts}
    return subject._replace(
        attributes=kept,
        templates=() if "config" in parts else subject.templates,
        devices=() if "devices" in parts else subject.devices,
        forks=() if "forks" in parts else subject.forks,
        diversions=() if "cds" in parts else subject.diversions,
        allowances=() if "allows" in parts else subject.allowances,
        rights=NOTHING if CONTENT in parts or "pseudo" in parts else subject.rights,
        visible=visible.difference(parts),
    )
