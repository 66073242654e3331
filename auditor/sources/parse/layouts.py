"""How the text of an object's line is laid out: everything but the values in it.

Values are those between double quotes in the markup, in order, then those of the fields around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from operator import itemgetter
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from auditor.sources.parse import known
from auditor.sources.parse.items import Item
from auditor.sources.parse.xml import STRAY

LONG_NAME: Final = "dn"
_FIELD: Final = r"\({}=({})\)"
_ANY: Final = "[^()]*"
_MARKUP: Final = "pbx"
_NAMES: Final = ("guid", "cn", "h323", "e164")
# With any of these, markup is more than elements with attributes in double quotes.
_MORE_THAN_ELEMENTS: Final = frozenset("'!?&:()")
# What a value is for: those of a shape have the same common ones, and each its own of the others.
_COMMON, _UNUSED, _PASSWORD, _DEVICE = "common", "unused", "password", "device"
# Names of which it is known that they hold no secret.
_HARMLESS: Final = (
    known.KEPT_ATTRIBUTES
    | known.NAMING_ATTRIBUTES
    | known.DEVICE_ATTRIBUTES
    | known.DIVERSION_ATTRIBUTES
    | known.FORK_ATTRIBUTES
    | known.ALLOWANCE_ATTRIBUTES
    | {_MARKUP}
)


class Layout(NamedTuple):
    """The text of a line without its values, and which of these is what, by their places.

    `common` gives what stands for all values that two objects of a shape have in common.
    """

    fields: re.Pattern[str]
    common: Callable[[Sequence[str]], Hashable]
    names: Callable[[Sequence[str]], tuple[str, str, str]]
    number: int | None
    long_name: int | None
    password: int | None
    devices: tuple[int, ...]


def inside(pieces: Sequence[str]) -> Hashable:
    """Return the markup between the first value and the last, without any, and how many are."""
    return len(pieces), *pieces[2:-1:2]


def around(pieces: Sequence[str]) -> str:
    """Return the fields of a line, its markup without what stands between the outermost quotes."""
    return f'{pieces[0]}"{pieces[-1]}'


def are_plain(quoted: Sequence[str]) -> bool:
    """Return whether values mean what is written: nothing in them is more than a character."""
    text = "".join(quoted)
    return text.isprintable() and "<" not in text and "&" not in text and ")(" not in text


def layout_of(pieces: Sequence[str], item: Item) -> Layout | None:
    """Return how the text of an item is laid out, None if it is more than fields and elements.

    Its elements have to hold the very values that stand between its double quotes, in their order.
    """
    node = item.nodes[0] if len(item.nodes) == 1 else None
    if node is None or node.tag != "user":
        return None
    fields = [one.partition("=") for one in around(pieces)[1:-1].split(")(")]
    uses = list(_uses(node))
    markup = "".join(value for name, _, value in fields if name == _MARKUP)
    if (
        [value for *_, value in uses] != list(pieces[1::2])
        or [(n, v) for n, _, v in fields if n != _MARKUP] != list(item.names.items())
        or not _MORE_THAN_ELEMENTS.isdisjoint(markup + "".join(pieces[2:-1:2]))
        or any(one.tag == STRAY for one in node.iter())
        or not _says_each_thing_once(item.names.keys(), node.attrib.keys())
    ):
        return None
    names = [name for name, _, _ in fields]
    places = {name: len(uses) + number for number, name in enumerate(names)}
    own = {use: place for place, (use, *_) in enumerate(uses)}
    common = {place: name for place, (use, name, _) in enumerate(uses) if use == _COMMON}
    common |= {place: name for name, place in places.items() if name not in _NAMES}
    texts = {_MARKUP: re.escape(markup)}
    patterns = (_FIELD.format(re.escape(name), texts.get(name, _ANY)) for name in names)
    return Layout(
        re.compile("".join(patterns)),
        _common(common),
        itemgetter(*(places[name] for name in _NAMES[:3])),
        places.get(_NAMES[3]),
        own.get(LONG_NAME),
        own.get(_PASSWORD),
        tuple(place for place, (use, *_) in enumerate(uses) if use == _DEVICE),
    )


def _common(names: dict[int, str]) -> Callable[[Sequence[str]], Hashable]:
    """Return what gives the common values, by their places and names.

    They are kept longer than the reading that they come from. So where one could be a secret, such
    as an address with a login in it, a digest stands for all of them.
    """
    values_of: Callable[[Sequence[str]], Hashable] = itemgetter(*names)
    if _HARMLESS.issuperset(names.values()):
        return values_of
    return lambda values: sha256(repr(values_of(values)).encode()).digest()


def _says_each_thing_once(names: AbstractSet[str], attributes: AbstractSet[str]) -> bool:
    """Return whether no two values of an object, in fields and attributes, are of one thing."""
    return (
        names >= {*_NAMES[:3]}
        and names.isdisjoint(attributes)
        and attributes.isdisjoint({*_NAMES, "key"})
        and len(known.SECRETS & attributes) <= 1
    )


def _uses(user: Element) -> Iterator[tuple[str, str, str]]:
    """Yield what each value of an element is for, the name of its attribute, and the value."""
    for name, value in user.attrib.items():
        use = LONG_NAME if name == LONG_NAME else _COMMON
        yield _PASSWORD if name in known.SECRETS else use, name, value
    for child in user:
        for node in child.iter():
            for name, value in node.attrib.items():
                is_device = node is child and (child.tag, name) == ("device", "hw")
                use = _UNUSED if child.tag in known.OTHER_CHILDREN else _COMMON
                yield _DEVICE if is_device else use, name, value
