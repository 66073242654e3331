"""Reads the objects of a configuration that are like one that was read before.

Most objects of a PBX share everything but names, ids and passwords. A *shape* is what the careful
reader made of one such line. A line is of that shape if it is the same text, apart from values that
the careful reader passes on as they are: names, hardware ids, passwords, and attributes of parts
that it counts and does not look at. Whatever else differs, or is not plain, is for the careful
reader; so nothing is understood here that was not understood there.

What the careful reader makes of a line depends on the line and the dialect alone. So shapes that
were learned from one PBX count for the next one that is read with the same dialect, of which a
fleet has a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from sys import intern
from typing import Any, Final, NamedTuple

from auditor.dialects import Dialect
from auditor.messages.message import NOTHING
from auditor.model.account import Tally
from auditor.model.snapshot import Device, PbxObject
from auditor.passwords import classify
from auditor.sources.parse.items import Item
from auditor.sources.parse.layouts import (
    LONG_NAME,
    Layout,
    are_plain,
    layout_of,
)
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.objects import ObjectReader
from auditor.sources.parse.reading import Reading
from auditor.values.frozen import slotted

# From so many lines shapes are learned; what is like none of them is read carefully.
MAX_LEARNED: Final = 2000
_MAX_LENGTH: Final = 4096
# Longer ones are not even compared with what was learned.
_MAX_COMPARED: Final = 16 * _MAX_LENGTH
# As `_make` makes them, in two thirds of the time.
_device: Final = partial(tuple.__new__, Device)
_made: Final = partial(tuple.__new__, PbxObject)
# What objects of a shape share, beside their attributes.
_shared: Final = attrgetter(
    "kind", "templates", "forks", "diversions", "allowances", "rights", "leads"
)
# So many layouts are tried for one line.
_MAX_ALIKE: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What all objects of a shape have in common, and the account of the pieces of each.

    `attributes` are empty where each has its own, `shared` is as `_shared` returns it; `devices`
    are the places of the hardware ids with text and flags of the device.
    """

    attributes: Mapping[str, str]
    shared: tuple[Any, ...]
    devices: tuple[tuple[int, str, Mapping[str, str]], ...]
    account: tuple[Tally, ...]


class _Alike(NamedTuple):
    """A layout with its shapes, by what objects have in common; None if they have to be read."""

    layout: Layout
    shapes: dict[Hashable, Shape | None]


Found = tuple[Layout, Shape, tuple[str, ...]]


@slotted
class Learned:
    """What was learned with one dialect; `left` is how much may be.

    Layouts stand by the number of quotes in a line, those that many lines have first.
    """

    alike: dict[int, list[_Alike]] = field(default_factory=dict)
    left: int = MAX_LEARNED


# So many dialects are remembered, with what was learned with each, the one used last first.
_MAX_DIALECTS: Final = 4
_LAST: Final[list[tuple[Dialect, Learned]]] = []


def _learned_with(dialect: Dialect) -> Learned:
    """Return what was learned with a dialect; what is more than half full is begun anew."""
    found = next((learned for known, learned in _LAST if known is dialect), None)
    if found is None or found.left <= MAX_LEARNED // 2:
        found = Learned(left=MAX_LEARNED)
    others = [one for one in _LAST if one[0] is not dialect]
    _LAST[:] = [(dialect, found), *others][:_MAX_DIALECTS]
    return found


class ShapeReader:
    """Finds lines of shapes that were learned, and adds what they hold to a reading."""

    def __init__(self, reading: Reading, dialect: Dialect, ledger: Ledger) -> None:
        self._reading = reading
        self._dialect = dialect
        self._ledger = ledger
        self._learned = _learned_with(dialect)
        self._alike = self._learned.alike
        self._added: list[Shape] = []

    def find(self, text: str) -> Found | None:
        """Return the shape of a line and its values; None if the line has to be read carefully."""
        alike = self._alike.get(text.count('"'))
        if alike is None or len(text) > _MAX_COMPARED:
            return None
        for place, (layout, shapes) in enumerate(alike):
            if is_like := layout.text.fullmatch(text):
                if place:
                    alike[place - 1 : place + 1] = alike[place], alike[place - 1]
                values = is_like.groups()
                shape = shapes.get(layout.common(values))
                if shape is None or not are_plain(layout.own(values)):
                    return None
                return layout, shape, values
        return None

    def add(self, found: Found, line: int) -> None:
        """Add the object of a line that was found to be of a shape."""
        layout, shape, values = found
        self._added.append(shape)
        secret = None if layout.password is None else values[layout.password]
        self._reading.secrets.append(secret)
        self._reading.objects.append(_object(found, self._reading.source, line))

    def settle(self) -> None:
        """Bring to account what the objects that were added are made of."""
        for shape, count in Counter(self._added).items():
            self._ledger.add(shape.account, count)
        self._added.clear()

    def learn(self, text: str, item: Item) -> Found | None:
        """Learn the shape of a line by reading it carefully, unless there is something about it.

        Return the shape and its values; None if the line has to be read carefully by itself.
        """
        pieces = text.split('"')
        is_short = self._learned.left > 0 and len(text) <= _MAX_LENGTH
        if not is_short or not are_plain(pieces[1::2]):
            return None
        if found := self.find(text):
            return found
        self._learned.left -= 1
        alike = self._alike.setdefault(text.count('"'), [])
        known_one = next((one for one in alike if one.layout.text.fullmatch(text)), None)
        if known_one is None and len(alike) >= _MAX_ALIKE:
            return None
        layout = known_one.layout if known_one else layout_of(pieces, item)
        is_like = layout and layout.text.fullmatch(text)
        if layout is None or is_like is None:
            return None
        one = known_one or _Alike(layout, {})
        if one is not known_one:
            alike.append(one)
        values = is_like.groups()
        key = layout.common(values)
        if key not in one.shapes:
            one.shapes[key] = self._shape_of(item, layout, values)
        shape = one.shapes[key]
        return None if shape is None else (layout, shape, values)

    def _shape_of(self, item: Item, layout: Layout, values: tuple[str, ...]) -> Shape | None:
        """Return the shape of what the careful reader makes of an item, if it has no question."""
        reading, ledger = Reading(self._reading.source, self._reading.kind), Ledger("", NOTHING)
        ObjectReader(reading, self._dialect, ledger).add(item.names, item.nodes, item.line)
        account = ledger.tallies()
        if not reading.objects or ledger.gaps() or any(one.not_understood for one in account):
            return None
        (read,) = reading.objects
        is_clear = read.visible is None and not read.unexplained
        if not is_clear or len(read.devices) != len(layout.devices):
            return None
        devices = zip(layout.devices, read.devices, strict=True)
        places = tuple((place, one.text, one.flags) for place, one in devices)
        own = {} if layout.long_name is None else {LONG_NAME: ""}
        shape = Shape({**read.attributes, **own}, _shared(read), places, account)
        made = _object((layout, shape, values), reading.source, item.line)
        return shape if made == read else None


def _object(found: Found, source: str, line: int) -> PbxObject:
    layout, shape, values = found
    guid, cn, h323 = layout.names(values)
    kind, templates, forks, diversions, allowances, rights, leads = shape.shared
    attributes = shape.attributes
    if layout.long_name is not None:  # which keeps its place among them
        attributes = {**attributes, LONG_NAME: intern(values[layout.long_name])}
    devices = []
    for place, text, flags in shape.devices:
        devices.append(_device((values[place], text, flags)))
    return _made(
        (
            guid,
            cn,
            h323,
            "" if layout.number is None else values[layout.number],
            kind,
            attributes,
            templates,
            tuple(devices),
            forks,
            diversions,
            allowances,
            rights,
            None,
            (),
            classify(None if layout.password is None else values[layout.password]),
            source,
            line,
            leads,
        )
    )
