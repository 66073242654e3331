"""Reads the objects of a configuration that are like one that was read before.

Most objects of a PBX share everything but names, ids and passwords. A *shape* is what the careful
reader made of one such line. A line is of that shape if it is the same text, apart from values that
the careful reader passes on as they are: names, hardware ids, passwords, and attributes of parts
that it counts and does not look at. Whatever else differs, or is not plain, is for the careful
reader; so nothing is understood here that was not understood there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import itemgetter
from sys import intern
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect
from auditor.messages.message import NOTHING
from auditor.model.account import Tally
from auditor.model.snapshot import Device, PbxObject
from auditor.passwords import classify
from auditor.pbx.number_classes import DIALLED
from auditor.sources.parse import known
from auditor.sources.parse.items import Item
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.objects import ADMIN_OBJECT, ObjectReader
from auditor.sources.parse.reading import Reading

# From so many lines shapes are learned; what is like none of them is read carefully.
MAX_LEARNED: Final = 2000
_MAX_LENGTH: Final = 4096
# So many layouts are tried for one line.
_MAX_ALIKE: Final = 8
_FIELD: Final = r"\({}=({})\)"
_ANY: Final = "[^()]*"
_MARKUP: Final = "pbx"
_NAMES: Final = ("guid", "cn", "h323", "e164")
# With any of these, markup is more than elements with attributes in double quotes.
_MORE_THAN_ELEMENTS: Final = frozenset("'!?&:()")

# What a value is for: those of a shape have the same common ones, and each its own of the others.
_COMMON, _UNUSED, _LONG_NAME, _PASSWORD, _DEVICE = "common", "unused", "dn", "password", "device"


class _Layout(NamedTuple):
    """The text of a line without its values, and which of these is what, by their places.

    Values are those of the markup, in order, then those of the fields around it.
    """

    fields: re.Pattern[str]
    common: Callable[[Sequence[str]], Any]
    names: Callable[[Sequence[str]], tuple[str, str, str]]
    number: int | None
    long_name: int | None
    password: int | None
    devices: tuple[int, ...]
    shapes: dict[Any, Shape | None]


@dataclass(slots=True)
class Shape:
    """What all objects of a shape have in common with one of them, and the account of its pieces.

    `count` is how many of them were added since the last account.
    """

    example: PbxObject
    account: tuple[Tally, ...]
    count: int = 0


Found = tuple[_Layout, Shape, Sequence[str]]


class ShapeReader:
    """Finds lines of shapes that it learned, and adds what they hold to a reading."""

    def __init__(self, reading: Reading, dialect: Dialect, ledger: Ledger) -> None:
        self._reading = reading
        self._dialect = dialect
        self._ledger = ledger
        self._layouts: dict[Hashable, list[_Layout]] = {}
        self._shapes: list[Shape] = []
        self._left = MAX_LEARNED

    def find(self, text: str) -> Found | None:
        """Return the shape of a line and its values; None if the line has to be read carefully."""
        pieces = text.split('"')
        quoted = pieces[1::2]
        layouts = self._layouts.get(_inside(pieces))
        if layouts is None or not _are_plain(quoted):
            return None
        around = _around(pieces)
        for layout in layouts:
            if fields := layout.fields.fullmatch(around):
                values = (*quoted, *fields.groups())
                shape = layout.shapes.get(layout.common(values))
                if shape is not None:
                    return (layout, shape, values) if _is_usual(layout, values) else None
        return None

    def add(self, found: Found, line: int) -> None:
        """Add the object of a line that was found to be of a shape."""
        layout, shape, values = found
        shape.count += 1
        secret = None if layout.password is None else values[layout.password]
        self._reading.secrets.append(secret)
        self._reading.objects.append(_object(found, self._reading.source, line))

    def settle(self) -> None:
        """Bring to account what the objects that were added are made of."""
        for shape in self._shapes:
            self._ledger.add(shape.account, shape.count)
            shape.count = 0

    def learn(self, text: str, item: Item) -> Found | None:
        """Learn the shape of a line by reading it carefully, unless there is something about it.

        Return the shape and its values; None if the line has to be read carefully by itself.
        """
        pieces = text.split('"')
        is_short = self._left and len(text) <= _MAX_LENGTH
        if not is_short or not _are_plain(pieces[1::2]):
            return None
        if found := self.find(text):
            return found
        self._left -= 1
        alike, around = self._layouts.setdefault(_inside(pieces), []), _around(pieces)
        known_one = next((one for one in alike if one.fields.fullmatch(around)), None)
        layout = known_one or _layout_of(pieces, item)
        fields = layout and layout.fields.fullmatch(around)
        if layout is None or fields is None:
            return None
        if layout is not known_one and len(alike) < _MAX_ALIKE:
            alike.append(layout)
        values = (*pieces[1::2], *fields.groups())
        key = layout.common(values)
        if key not in layout.shapes:
            layout.shapes[key] = self._shape_of(item, layout, values)
        shape = layout.shapes[key]
        if shape is None or not _is_usual(layout, values):
            return None
        return layout, shape, values

    def _shape_of(self, item: Item, layout: _Layout, values: Sequence[str]) -> Shape | None:
        """Return the shape of what the careful reader makes of an item, if it has no question."""
        reading, ledger = Reading(self._reading.source, self._reading.kind), Ledger("", NOTHING)
        ObjectReader(reading, self._dialect, ledger).add(item.names, item.nodes, item.line)
        account = ledger.tallies()
        if not reading.objects or ledger.gaps() or any(one.not_understood for one in account):
            return None
        (example,) = reading.objects
        shape = Shape(example, account)
        is_clear = example.visible is None and not example.unexplained
        if not is_clear or len(example.devices) != len(layout.devices):
            return None
        made = _object((layout, shape, values), reading.source, item.line)
        if made != example or not _is_usual(layout, values):
            return None
        self._shapes.append(shape)
        return shape


def _inside(pieces: Sequence[str]) -> Hashable:
    """Return the markup between the first value and the last, without any, and how many are."""
    return len(pieces), *pieces[2:-1:2]


def _around(pieces: Sequence[str]) -> str:
    """Return the fields of a line, its markup without what stands between the outermost quotes."""
    return f'{pieces[0]}"{pieces[-1]}'


def _are_plain(quoted: Sequence[str]) -> bool:
    """Return whether values mean what is written: nothing in them is more than a character."""
    text = "".join(quoted)
    return text.isprintable() and "<" not in text and "&" not in text and ")(" not in text


def _is_usual(layout: _Layout, values: Sequence[str]) -> bool:
    """Return whether the own values of an object are such that nothing else follows from them."""
    return (
        layout.names(values)[1] != ADMIN_OBJECT
        and (layout.number is None or DIALLED.issuperset(values[layout.number]))
        and (layout.password is None or values[layout.password] != "")
    )


def _object(found: Found, source: str, line: int) -> PbxObject:
    layout, shape, values = found
    guid, cn, h323 = layout.names(values)
    example = shape.example
    attributes = example.attributes
    if layout.long_name is not None:
        own = dict(attributes)  # in the order that they stand in
        own[_LONG_NAME] = intern(values[layout.long_name])
        attributes = own
    devices = zip(layout.devices, example.devices, strict=True)
    return PbxObject(
        guid,
        cn,
        h323,
        "" if layout.number is None else values[layout.number],
        example.kind,
        attributes,
        example.templates,
        tuple([Device(values[place], one.text, one.flags) for place, one in devices]),
        example.forks,
        example.diversions,
        example.allowances,
        example.rights,
        None,
        (),
        classify(None if layout.password is None else values[layout.password]),
        source,
        line,
        example.leads,
    )


def _layout_of(pieces: Sequence[str], item: Item) -> _Layout | None:
    """Return how the text of an item is laid out, None if it is more than fields and elements.

    Its elements have to hold the very values that stand between its double quotes, in their order.
    """
    node = item.nodes[0] if len(item.nodes) == 1 else None
    if node is None or node.tag != "user":
        return None
    fields = [one.partition("=") for one in _around(pieces)[1:-1].split(")(")]
    uses = list(_uses(node))
    markup = "".join(value for name, _, value in fields if name == _MARKUP)
    if (
        [value for _, value in uses] != list(pieces[1::2])
        or [(n, v) for n, _, v in fields if n != _MARKUP] != list(item.names.items())
        or not _MORE_THAN_ELEMENTS.isdisjoint(markup + "".join(pieces[2:-1:2]))
        or not _says_each_thing_once(item.names.keys(), node.attrib.keys())
    ):
        return None
    names = [name for name, _, _ in fields]
    places = {name: len(uses) + number for number, name in enumerate(names)}
    own = {use: place for place, (use, _) in enumerate(uses)}
    common = [place for place, (use, _) in enumerate(uses) if use == _COMMON]
    common += [place for name, place in places.items() if name not in _NAMES]
    texts = {_MARKUP: re.escape(markup)}
    patterns = (_FIELD.format(re.escape(name), texts.get(name, _ANY)) for name in names)
    return _Layout(
        re.compile("".join(patterns)),
        itemgetter(*common),
        itemgetter(*(places[name] for name in _NAMES[:3])),
        places.get(_NAMES[3]),
        own.get(_LONG_NAME),
        own.get(_PASSWORD),
        tuple(place for place, (use, _) in enumerate(uses) if use == _DEVICE),
        {},
    )


def _says_each_thing_once(names: AbstractSet[str], attributes: AbstractSet[str]) -> bool:
    """Return whether no two values of an object, in fields and attributes, are of one thing."""
    return (
        names >= {*_NAMES[:3]}
        and names.isdisjoint(attributes)
        and attributes.isdisjoint({*_NAMES, "key"})
        and len(known.SECRETS & attributes) <= 1
    )


def _uses(user: Element) -> Iterator[tuple[str, str]]:
    """Yield what each value of an element is for, and the value."""
    for name, value in user.attrib.items():
        use = _LONG_NAME if name == _LONG_NAME else _COMMON
        yield _PASSWORD if name in known.SECRETS else use, value
    for child in user:
        for node in child.iter():
            for name, value in node.attrib.items():
                is_device = node is child and (child.tag, name) == ("device", "hw")
                use = _UNUSED if child.tag in known.OTHER_CHILDREN else _COMMON
                yield _DEVICE if is_device else use, value
