"""PBX objects: XML elements and their attributes to frozen objects, secrets set apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from sys import intern
from typing import Final
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect, FilterRowPlace
from auditor.facts import known_facts
from auditor.model.snapshot import CallFilter, FilterRow, Gap, PbxObject, Setting
from auditor.model.vocabulary import Grade
from auditor.passwords import classify
from auditor.sources.parse.parts import NOTHING, read_parts
from auditor.sources.parse.reading import Reading

ADMIN_OBJECT: Final = "_ADMIN_"

# Only these attributes enter the snapshot: a name that nobody listed could hold a secret.
KEPT_ATTRIBUTES: Final = frozenset(
    {
        "admin",
        "admin-node",
        "admin-pbx",
        "app-lics",
        "app-sharing",
        "apps",
        "cd-block",
        "cd-filter",
        "config",
        "critical",
        "dn",
        "fax",
        "filter",
        "hide",
        "loc",
        "login-c",
        "login-t",
        "mobility",
        "mypbx",
        "no-dev",
        "node",
        "phone-config",
        "rej-ext",
        "reporting",
        "text",
        "uclic",
        "video",
        "voicemail",
    }
)
NAMING_ATTRIBUTES: Final = frozenset({"cn", "dn", "e164", "guid", "h323", "loc", "node", "usn"})
KNOWN_PARTS: Final = (
    KEPT_ATTRIBUTES
    | NAMING_ATTRIBUTES
    | {"allows", "cds", "devices", "forks", "pseudo", "pwd", "t-allows"}
)
_NAMING_CHILDREN: Final = frozenset({"pseudo", "ep"})
_ROW_NUMBER: Final = frozenset("0123456789*#?")


class ObjectReader:
    """Turns elements into objects of one reading."""

    def __init__(self, reading: Reading, dialect: Dialect) -> None:
        self._reading = reading
        self._dialect = dialect

    def add(
        self,
        names: Mapping[str, str],
        nodes: Sequence[Element],
        line: int,
        visible: frozenset[str] | None = None,
    ) -> None:
        """Add one object: its outer attributes and the elements of its `pbx` values."""
        attributes: Mapping[str, str] = NOTHING
        children: Iterable[Element] = ()
        if len(nodes) == 1 and nodes[0].tag == "user":
            attributes, children = nodes[0].attrib, nodes[0]
        elif nodes:
            attributes, children = _joined(nodes)
        cn = names.get("cn") or attributes.get("cn", "")
        if cn == ADMIN_OBJECT:
            self._add_admin(attributes, list(children), line)
            return
        parts = read_parts(attributes, children, self._dialect.template_parents)
        secret = attributes.get("pwdx") or attributes.get("pwd")
        reading = self._reading
        reading.secrets.append(secret)
        reading.objects.append(
            PbxObject(
                names.get("guid") or attributes.get("guid", ""),
                cn,
                names.get("h323") or attributes.get("h323", ""),
                names.get("e164") or attributes.get("e164", ""),
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
            )
        )

    def _add_admin(self, attributes: Mapping[str, str], children: list[Element], line: int) -> None:
        reading = self._reading
        reading.admin_seen = True
        reading.admin_guid = attributes.get("guid", "")
        reading.admin_password = attributes.get("pwdx") or attributes.get("pwd")
        reading.admin_key = attributes.get("key")
        for child in children:
            if child.tag == "filter":
                reading.filters.append(self._filter(child, line))
        for fact, place in self._dialect.settings.items():
            if place.place == "admin-rows":
                self._admin_rows(fact, children, line)
            elif place.place == "admin-attribute":
                self._admin_attribute(fact, attributes, children, line)

    def _admin_rows(self, fact: str, children: list[Element], line: int) -> None:
        place = self._dialect.settings[fact]
        found = [child for child in children if child.tag == place.element]
        if not found:
            return
        rows = [row for node in found for row in node]
        understood = not any(node.attrib for node in found) and all(
            row.tag == place.row and row.attrib.keys() <= set(place.columns) for row in rows
        )
        if not understood:
            reason = f"it has a part that dialect {self._dialect.name} does not explain"
            self._reading.gaps.append(Gap(fact, reason, self._reading.source, line))
            return
        values = tuple("/".join(row.get(column, "") for column in place.columns) for row in rows)
        self._reading.settings[fact] = Setting(
            values, place.grade, self._reading.source, line, place.words
        )

    def _admin_attribute(
        self, fact: str, attributes: Mapping[str, str], children: list[Element], line: int
    ) -> None:
        place = self._dialect.settings[fact]
        named = [child.attrib for child in children if child.tag == place.element]
        holders = [attributes] if place.element == "user" else named
        stored = [holder[place.option] for holder in holders if place.option in holder]
        lacks = len(stored) < max(1, len(holders))
        if not stored and place.absent is None:
            return
        reduce = known_facts()[fact].reduce
        values = [reduce(entry) for text in stored for entry in place.split(text)]
        words = place.words
        if lacks and place.absent is not None:
            values.append(place.absent)
            words = place.words_if_absent
        elif lacks:
            reason = "an element does not have it, and what that means is not documented"
            self._reading.gaps.append(Gap(fact, reason, self._reading.source, line))
        self._reading.settings[fact] = Setting(
            tuple(dict.fromkeys(values)), place.grade, self._reading.source, line, words
        )

    def _filter(self, node: Element, line: int) -> CallFilter:
        name = node.get("name", "")
        place = self._dialect.filter_rows
        source = self._reading.source
        if place is None:
            note = "where its rows are stored is not documented; no dialect entry names the place"
            return CallFilter(name, None, Grade.DOCUMENTED, source, line, note)
        rows = [_filter_row(child, place) for child in node]
        complete = [row for row in rows if row is not None]
        if len(complete) != len(rows) or node.attrib.keys() != {"name"}:
            note = f"it has a part that dialect {self._dialect.name} does not explain"
            return CallFilter(name, None, place.grade, source, line, note)
        return CallFilter(name, tuple(complete), place.grade, source, line)


def _kept(names: Mapping[str, str], attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that are kept; equal values, of which there are many, are one text."""
    kept = {k: intern(v) for k, v in names.items() if k in KEPT_ATTRIBUTES}
    kept.update([(k, intern(v)) for k, v in attributes.items() if k in KEPT_ATTRIBUTES])
    return kept


def _joined(nodes: Iterable[Element]) -> tuple[Mapping[str, str], list[Element]]:
    """Return the attributes and children of an object that is spread over several elements."""
    attributes: Mapping[str, str] = NOTHING
    children: list[Element] = []
    for node in nodes:
        if node.tag == "user":
            attributes = node.attrib
            children.extend(node)
        else:
            children.append(node)
    return attributes, children


def _filter_row(node: Element, place: FilterRowPlace) -> FilterRow | None:
    number = node.get(place.number, "")
    following = node.get(place.next, "")
    negated = node.get(place.negated, "")
    columns = {place.number, place.next, place.boolean, place.negated}
    readable = (
        node.tag == place.row
        and node.attrib.keys() <= columns
        and following != ""
        and _ROW_NUMBER.issuperset(number)
        and negated in {"", "true", "false"}
    )
    if not readable:
        return None
    return FilterRow(number, following, node.get(place.boolean, ""), negated == "true")


def is_summary(node: Element) -> bool:
    """Return whether an element carries names only, as the items of a list page do."""
    return NAMING_ATTRIBUTES.issuperset(node.attrib) and all(
        child.tag in _NAMING_CHILDREN for child in node
    )


def without_parts(subject: PbxObject, parts: Collection[str]) -> PbxObject:
    """Return an object that no longer claims to show parts which two answers contradict."""
    visible = KNOWN_PARTS if subject.visible is None else subject.visible
    kept = {name: value for name, value in subject.attributes.items() if name not in parts}
    return subject._replace(attributes=kept, visible=visible.difference(parts))
