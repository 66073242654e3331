"""Which kinds of case a case table has not: advice, because not every control can meet each.

A kind is recognised by what the cases of a table are read to: no case says of what kind it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from auditor.facts import Scope, known_facts
from auditor.model.pbx_object import PbxObject
from auditor.model.result import ControlResult
from auditor.model.rule import RuleDocument
from auditor.model.snapshot import Setting, Snapshot
from auditor.model.vocabulary import Area, Coverage, Status
from tests.rules.cases import Table, case_input
from tests.rules.harness import Input, judge, read, site_of

_OF_OBJECTS: Final = {Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS}
_SHOWN_BY_A_BOX: Final = {Scope.PBX, Scope.BOX, Scope.LOOK}
# What a name must not come to mean where it is shown: markup, quotes, ends of lines.
_HOSTILE: Final = re.compile(r"[<>\"'`&\\\x00-\x1f\x7f]")
# Limits of passwords, which a case gives encrypted, and of days, which depend on the date.
_HIDDEN: Final = re.compile(r"score|length|guesses|days")
_NUMBER: Final = re.compile(r"\d+")


class ReadCase(NamedTuple):
    """A case of a table: what it gives, what that is read to, and what the control says of it."""

    given: Input
    snapshot: Snapshot
    result: ControlResult


class ReadTable:
    """All cases of a table, with what several kinds ask of them."""

    def __init__(self, rule: RuleDocument, cases: Iterable[ReadCase]) -> None:
        self.rule = rule
        self.cases = list(cases)

    @property
    def objects(self) -> Iterator[tuple[PbxObject, Snapshot]]:
        for case in self.cases:
            for one in case.snapshot.objects:
                yield one, case.snapshot

    @property
    def settings(self) -> Iterator[Setting]:
        for case in self.cases:
            yield from (one for name, one in case.snapshot.settings.items() if name in self.facts)

    @property
    def facts(self) -> set[str]:
        """Return the settings that the control rests on and a box could show."""
        known = known_facts()
        named = {*self.rule.facts, *self.rule.conditional} & set(known)
        return {name for name in named if known[name].scope in _SHOWN_BY_A_BOX}

    @cached_property
    def attributes(self) -> set[str]:
        """Return the attributes of objects that the control judges."""
        judged = {
            finding.observation.property for case in self.cases for finding in case.result.findings
        }
        return judged & {name for one, _ in self.objects for name in one.attributes}

    @property
    def thresholds(self) -> list[int]:
        """Return the limits in its parameters that stand as they are in what a case gives."""
        return [
            value
            for name, value in self.rule.params.items()
            if isinstance(value, int) and not isinstance(value, bool) and not _HIDDEN.search(name)
        ]


class Kind(NamedTuple):
    """A kind of case: what it is, whether a control could meet it, and whether a table shows it."""

    name: str
    what: str
    applies: Callable[[ReadTable], bool]
    is_shown: Callable[[ReadTable], bool]


def missing_kinds(rule: RuleDocument, table: Table) -> list[Kind]:
    """Return the kinds that no case of a table is of, as far as the control could meet them."""
    seen = ReadTable(rule, _read(rule, table))
    return [kind for kind in KINDS if kind.applies(seen) and not kind.is_shown(seen)]


def _read(rule: RuleDocument, table: Table) -> Iterator[ReadCase]:
    for case in table.cases:
        given = case_input(case, table.defaults)
        site = site_of(given)
        with TemporaryDirectory() as folder:
            snapshot = read(given, Path(folder), site)
        yield ReadCase(given, snapshot, judge(rule, snapshot, site))


def _about_objects(table: ReadTable) -> bool:
    return not _OF_OBJECTS.isdisjoint(table.rule.facts)


def _about_settings(table: ReadTable) -> bool:
    return bool(table.facts)


def _about_either(table: ReadTable) -> bool:
    return _about_objects(table) or _about_settings(table)


def _about_values(table: ReadTable) -> bool:
    return _about_attributes(table) or (_about_settings(table) and not _about_objects(table))


def _about_attributes(table: ReadTable) -> bool:
    return _about_objects(table) and bool(table.attributes)


def _is_at_its_boundary(table: ReadTable) -> bool:
    given = [set(map(int, _NUMBER.findall(repr(case.given)))) for case in table.cases]
    return all(
        any(limit in one for one in given) and any({limit - 1, limit + 1} & one for one in given)
        for limit in table.thresholds
    )


def _is_absent(table: ReadTable) -> bool:
    if not _about_objects(table):
        return any(
            name not in case.snapshot.settings or case.snapshot.settings[name].absent
            for case in table.cases
            for name in table.facts
        )
    return any(name not in one.attributes for one, _ in table.objects for name in table.attributes)


def _is_empty(table: ReadTable) -> bool:
    values = [one.attributes.get(name) for one, _ in table.objects for name in table.attributes]
    return "" in values or any(one.values in {(), ("",)} for one in table.settings)


def _is_unreadable(table: ReadTable) -> bool:
    needed = {*table.rule.facts, *table.rule.complete}
    return any(
        case.snapshot.areas.get(area, Coverage.MISSING) is Coverage.PARTIAL
        for case in table.cases
        for area in needed
    ) or any(one.visible is not None for one, _ in table.objects)


def _has_a_hostile_name(table: ReadTable) -> bool:
    names = [text for one, _ in table.objects for text in (one.cn, one.h323)]
    names += [text for one, _ in table.objects for text in one.attributes.values()]
    names += [text for one in table.settings for text in one.values]
    return any(map(_HOSTILE.search, names))


def _has_a_duplicate(table: ReadTable) -> bool:
    for case in table.cases:
        for part in ("cn", "h323", "guid"):
            texts = [getattr(one, part).casefold() for one in case.snapshot.objects]
            if any(text and count > 1 for text, count in Counter(texts).items()):
                return True
    return any(len(set(one.values)) > 1 for one in table.settings)


def _templates(one: PbxObject, snapshot: Snapshot) -> list[PbxObject]:
    return [other for other in snapshot.objects if {other.cn, other.h323} & set(one.templates)]


def _is_inherited(table: ReadTable) -> bool:
    return any(
        name in template.attributes and not one.attributes.get(name)
        for one, snapshot in table.objects
        for template in _templates(one, snapshot)
        for name in table.attributes
    )


def _is_overridden(table: ReadTable) -> bool:
    return any(
        name in template.attributes and one.attributes.get(name)
        for one, snapshot in table.objects
        for template in _templates(one, snapshot)
        for name in table.attributes
    )


def _lacks_a_template(table: ReadTable) -> bool:
    return any(one.templates and not _templates(one, seen) for one, seen in table.objects)


def _inherits_in_a_circle(table: ReadTable) -> bool:
    for one, snapshot in table.objects:
        reached: set[str] = set()
        ahead = _templates(one, snapshot)
        while ahead:
            following = ahead.pop()
            if following.key == one.key:
                return True
            if following.key not in reached:
                reached.add(following.key)
                ahead += _templates(following, snapshot)
    return False


def _names_what_only_the_site_has(table: ReadTable) -> bool:
    for case in table.cases:
        known = {text for one in case.snapshot.objects for text in (one.cn, one.h323, one.guid)}
        known |= {device.hw for one in case.snapshot.objects for device in one.devices}
        known = {text.casefold() for text in known}
        if any(text.casefold() not in known for text in _texts(_named_by(case))):
            return True
    return False


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in a part of a site file."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, Mapping) else ():
        yield from _texts(part)
    for part in value if isinstance(value, list) else ():
        yield from _texts(part)


def _asks_the_site(table: ReadTable) -> bool:
    return any(any(_texts(_named_by(case))) for case in table.cases)


def _named_by(case: ReadCase) -> dict[str, Any]:
    return {key: case.given.site.get(key) for key in ("lists", "roles")}


def _has_nothing_to_look_at(table: ReadTable) -> bool:
    return any(case.result.status is Status.NOT_APPLICABLE for case in table.cases)


KINDS: Final = (
    Kind(
        "boundary",
        "the value at the limit of [params], and one beside it",
        lambda table: bool(table.thresholds),
        _is_at_its_boundary,
    ),
    Kind("absent", "the value is not there at all", _about_values, _is_absent),
    Kind("empty", "the value is there and empty", _about_values, _is_empty),
    Kind(
        "unreadable",
        "an object that is cut off, or a source that does not show the value",
        _about_either,
        _is_unreadable,
    ),
    Kind(
        "hostile name",
        "a name or value with markup, quotes or control characters: (cn=<script>)",
        _about_either,
        _has_a_hostile_name,
    ),
    Kind(
        "duplicate",
        "two objects with one name or guid, or a setting that is there twice and differs",
        _about_either,
        _has_a_duplicate,
    ),
    Kind(
        "inherited",
        "the value comes from a template, if one can give it",
        _about_attributes,
        _is_inherited,
    ),
    Kind(
        "overridden",
        "an own value beside that of a template, `false` too",
        _about_attributes,
        _is_overridden,
    ),
    Kind("missing template", "a template that is not there", _about_attributes, _lacks_a_template),
    Kind(
        "cyclic template",
        "templates that inherit from each other",
        _about_attributes,
        _inherits_in_a_circle,
    ),
    Kind(
        "only in the site file",
        "the site file names, in [lists] or [roles], what the PBX does not have",
        _asks_the_site,
        _names_what_only_the_site_has,
    ),
    Kind(
        "nothing to look at",
        "no object that the control is about: it is not applicable",
        _about_objects,
        _has_nothing_to_look_at,
    ),
)
