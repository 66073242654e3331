"""How the text of an object's line is laid out: everything but the values in it, in their order.

Values are those of the fields, and in the markup those between double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias
from xml.etree.ElementTree import Element

from auditor.pbx.number_classes import DIALLED
from auditor.sources.parse import known
from auditor.sources.parse.items import Item
from auditor.sources.parse.objects import ADMIN_OBJECT
from auditor.sources.parse.xml import STRAY

LONG_NAME: Final = "dn"
_FIELD: Final = r"\({}={}\)"
# A value ends with its parenthesis. To look for one character takes a quarter of what a set takes.
_ANY: Final = r"([^)]*+)"
_QUOTED: Final = '"([^"]*+)"'
_QUOTED_TEXT: Final = '"([^"]++)"'
_MARKUP: Final = "pbx"
_NAMES: Final = ("guid", "cn", "h323", "e164")
# What a value has to be for nothing else to follow from it; any other one is read carefully.
_USUAL: Final = {
    "cn": rf"((?!{ADMIN_OBJECT}\))[^)]*+)",
    "e164": f"([{re.escape(''.join(sorted(DIALLED)))}]*+)",
}
# With any of these, markup is more than elements with attributes in double quotes.
_MORE_THAN_ELEMENTS: Final = frozenset("'!?&:()")
# What a value is for: those of a shape have the same common ones, and each its own of the others.
_COMMON, _UNUSED, _PASSWORD, _DEVICE = "common", "unused", "password", "device"
# What a value of an element is for, the name of its attribute, and the value.
_Use: TypeAlias = tuple[str, str, str]
# Names of which it is known that they hold no secret.
_HARMLESS: Final = (
    known.KEPT_ATTRIBUTES
    | known.NAMING_ATTRIBUTES
    | known.DEVICE_ATTRIBUTES
    | known.DIVERSION_ATTRIBUTES
    | known.FORK_ATTRIBUTES
    | known.ALLOWANCE_ATTRIBUTES
)


class Layout(NamedTuple):
    """The text of a line without its values, and which of these is what, by their places.

    `text` matches no line with an object for which more follows from a value than for others.
    `common` gives what stands for all values that two objects of a shape have in common, `own` what
    each has for itself in its markup.
    """

    text: re.Pattern[str]
    common: Callable[[tuple[str, ...]], Hashable]
    own: Callable[[tuple[str, ...]], tuple[str, ...]]
    names: Callable[[tuple[str, ...]], tuple[str, str, str]]
    number: int | None
    long_name: int | None
    password: int | None
    devices: tuple[int, ...]


def are_plain(quoted: Sequence[str]) -> bool:
    """Return whether values mean what is written: nothing in them is more than a character."""
    text = "".join(quoted)
    return text.isprintable() and "<" not in text and "&" not in text and ")(" not in text


def layout_of(pieces: Sequence[str], item: Item) -> Layout | None:
    """Return how the text of an item is laid out, None if it is more than fields and elements.

    `pieces` is the text, split at its double quotes. The elements have to hold the very values that
    stand between them, in their order.
    """
    node = item.nodes[0] if len(item.nodes) == 1 else None
    if node is None or node.tag != "user":
        return None
    fields = [one.partition("=") for one in f'{pieces[0]}"{pieces[-1]}'[1:-1].split(")(")]
    uses = list(_uses(node))
    markup = "".join(value for name, _, value in fields if name == _MARKUP)
    begins, _, ends = markup.partition('"')
    between = [begins, *pieces[2:-1:2], ends]
    if (
        [value for *_, value in uses] != list(pieces[1::2])
        or [(n, v) for n, _, v in fields if n != _MARKUP] != list(item.names.items())
        or not _MORE_THAN_ELEMENTS.isdisjoint("".join(between))
        or any(one.tag == STRAY for one in node.iter())
        or not _says_each_thing_once(item.names.keys(), node.attrib.keys())
    ):
        return None
    return _layout([name for name, *_ in fields], uses, between)


def _layout(names: Sequence[str], uses: Sequence[_Use], between: Sequence[str]) -> Layout:
    """Return the layout of fields, and of markup with values `between` which there is no other."""
    at = names.index(_MARKUP)
    outer = [name for name in names if name != _MARKUP]
    places = {name: n if n < at else n + len(uses) for n, name in enumerate(outer)}
    common = {at + n: name for n, (use, name, _) in enumerate(uses) if use == _COMMON}
    common |= {place: name for name, place in places.items() if name not in _NAMES}
    own = {at + n: use for n, (use, *_) in enumerate(uses) if use != _COMMON}
    known_place = {use: place for place, use in own.items()}
    return Layout(
        re.compile(_pattern(names, uses, between)),
        _common(common),
        _values_at(own),
        itemgetter(*(places[name] for name in _NAMES[:3])),
        places.get(_NAMES[3]),
        known_place.get(LONG_NAME),
        known_place.get(_PASSWORD),
        tuple(place for place, use in own.items() if use == _DEVICE),
    )


def _pattern(names: Iterable[str], uses: Iterable[_Use], between: Sequence[str]) -> str:
    quoted = [_QUOTED_TEXT if use == _PASSWORD else _QUOTED for use, *_ in uses]
    inside = "".join(
        f"{text}{re.escape(gap)}" for text, gap in zip(["", *quoted], between, strict=True)
    )
    texts = {**_USUAL, _MARKUP: inside}
    return "".join(_FIELD.format(re.escape(name), texts.get(name, _ANY)) for name in names)


def _values_at(places: Collection[int]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return what gives the values at some places, as a tuple also of one and of none."""
    if len(places) > 1:
        return itemgetter(*places)
    start = next(iter(places), 0)
    return itemgetter(slice(start, start + len(places)))


def _common(names: dict[int, str]) -> Callable[[tuple[str, ...]], Hashable]:
    """Return what gives the common values, by their places and names.

    They are kept longer than the reading that they come from. So where one could be a secret, such
    as an address with a login in it, a digest stands for all of them.
    """
    values_of = _values_at(names)
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


def _uses(user: Element) -> Iterator[_Use]:
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
