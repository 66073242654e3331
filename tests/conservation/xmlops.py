"""Damage to elements, attributes and values of XML."""

from __future__ import annotations

import re
from functools import partial
from random import Random

from tests.conservation.operators import Operator, to
from tests.conservation.pieces import Piece, Text

_NAME = re.compile(r"^<([\w.-]+)")
_BARE = re.compile(r"^(<[\w.-]+)(\s+[\w.:-]+=\"[^\"]*\")+")
_KNOWN_ATTRIBUTES = ("text", "dn")


def _named(name: str, attribute: str) -> str:
    return f" {name}={attribute.split('=', 1)[1]}"


def _renamed(name: str, rename: str) -> Operator:
    """Return an operator that gives an element another name, at both ends."""

    def text(element: str) -> str:
        found = _NAME.match(element)
        if found is None:
            return element
        old, new = found.group(1), rename.format(found.group(1), found.group(1).upper())
        new = new.removesuffix("-last") if not rename.endswith("-last") else old[:-1] or "x"
        again = f"<{new}{element[found.end() :]}"
        return again.removesuffix(f"</{old}>") + f"</{new}>" if f"</{old}>" in element else again

    return to("element", name, text)


def _split(chance: Random, document: Text, piece: Piece) -> str | None:
    """Make two elements of one, each with a part of the attributes."""
    inner = [a for a in document.within(piece, "attribute") if a.inside == piece.name]
    if len(inner) < 2 or document.of(piece).count("<") > 1:
        return None
    middle = inner[chance.randrange(1, len(inner))].start - piece.start
    text = document.of(piece)
    return document.put(piece, f"{text[:middle]}/><{piece.name}{text[middle:]}")


def _into_sibling(_: Random, document: Text, piece: Piece) -> str | None:
    """Put an element into the element before it."""
    before = [
        one
        for one in document.pieces
        if one.kind == "element" and one.end == piece.start and one.inside == piece.inside
    ]
    if not before:
        return None
    text = document.of(before[0])
    opened = f"{text[:-2]}>" if text.endswith("/>") else text[: text.rindex("</")]
    inner = f"{opened}{document.of(piece)}</{before[0].name}>"
    return document.text[: before[0].start] + inner + document.text[piece.end :]


def _out_of_parent(_: Random, document: Text, piece: Piece) -> str | None:
    """Put an element behind the one that holds it."""
    around = [
        one
        for one in document.pieces
        if one.kind == "element" and one.start < piece.start and piece.end <= one.end
    ]
    if len(around) < 2:
        return None
    home = around[-1]
    rest = document.text[home.start : piece.start] + document.text[piece.end : home.end]
    text = rest + document.of(piece)
    return document.text[: home.start] + text + document.text[home.end :]


def _children_only(text: str) -> str:
    return text[text.index(">") + 1 : text.rindex("<")] if text.count("<") > 2 else text


ELEMENTS = (
    to("element", "comment out", lambda text: f"<!--{text}-->", whole=True),
    to("element", "CDATA", lambda text: f"<![CDATA[{text}]]>"),
    to("element", "escaped", lambda text: text.replace("<", "&lt;")),
    to("element", "in an unknown element", lambda text: f"<x>{text}</x>"),
    to("element", "in a group element", lambda text: f'<grp name="a">{text}</grp>'),
    to(
        "element",
        "in one of its own name",
        lambda t: f"<{_NAME.match(t)[1]}>{t}</{_NAME.match(t)[1]}>",
    ),
    to("element", "children without it", _children_only),
    to("element", "no end", lambda text: text.replace("/>", ">", 1)),
    to("element", "text before it", lambda text: f"x{text}"),
    to("element", "text behind it", lambda text: f"{text}x"),
    to("element", "instruction before it", lambda text: f"<?x y?>{text}"),
    to("element", "unknown element behind it", lambda text: f'{text}<x y="z"/>'),
    to("element", "empty one before it", lambda t: f"<{_NAME.match(t)[1]}/>{t}"),
    to("element", "empty one behind it", lambda t: f"{t}<{_NAME.match(t)[1]}/>"),
    to(
        "element",
        "without attributes",
        lambda t: t if t.startswith("<user") else _BARE.sub(r"\1", t),
    ),
    to(
        "element",
        "an unknown attribute",
        lambda t: t.replace(_NAME.match(t)[0], f'{_NAME.match(t)[0]} zz="1"', 1),
    ),
    to(
        "element",
        "in a namespace",
        lambda t: t.replace(_NAME.match(t)[0], f'{_NAME.match(t)[0]} xmlns="u:x"', 1),
    ),
    to(
        "element",
        "off",
        lambda t: t.replace(_NAME.match(t)[0], f'{_NAME.match(t)[0]} off="maybe"', 1),
    ),
    _renamed("upper name", "{1}"),
    _renamed("suffix to the name", "{0}s"),
    _renamed("prefix of the name", "{0}-last"),
    _renamed("other first letter", "x{0}"),
    _renamed("with a prefix", "x-{0}"),
    _renamed("renamed to another known one", "grp"),
    _renamed("renamed to allow", "allow"),
    Operator("split in two", "element", _split),
    Operator("into the one before", "element", _into_sibling),
    Operator("out of its parent", "element", _out_of_parent),
)


def _value(name: str, value: str) -> Operator:
    return to("attribute", name, lambda text: re.sub(r'"[^"]*"', lambda _: f'"{value}"', text))


def _inner(name: str, change) -> Operator:
    def text(attribute: str) -> str:
        found = re.search(r'"([^"]*)"', attribute)
        return f'{attribute[: found.start() + 1]}{change(found[1])}"'

    return to("attribute", name, text)


def _moved(_: Random, document: Text, piece: Piece) -> str | None:
    """Put an attribute on the element around its own."""
    homes = [
        one
        for one in document.pieces
        if one.kind == "element" and one.start < piece.start and piece.end <= one.end
    ]
    if len(homes) < 2:
        return None
    home = homes[-2]
    at = home.start + 1 + len(home.name)
    without = document.text[at : piece.start] + document.text[piece.end :]
    return document.text[:at] + document.of(piece) + without


def _in_child(_: Random, document: Text, piece: Piece) -> str | None:
    """Write an attribute as a child element instead."""
    homes = [
        one
        for one in document.pieces
        if one.kind == "element" and one.start < piece.start and piece.end <= one.end
    ]
    text = document.of(homes[-1]) if homes else ""
    name, value = document.of(piece).strip().split("=", 1)
    child = f"<{name}>{value.strip(chr(34))}</{name}>"
    without = text.replace(document.of(piece), "", 1)
    if without.endswith("/>"):
        return (
            document.put(homes[-1], f"{without[:-2]}>{child}</{homes[-1].name}>") if homes else None
        )
    head = without.find(">") + 1
    return document.put(homes[-1], without[:head] + child + without[head:]) if homes else None


ATTRIBUTES = (
    to("attribute", "rename by a letter", lambda t: f"{t[:2]}x{t[2:]}"),
    to("attribute", "upper name", lambda t: t.split("=", 1)[0].upper() + "=" + t.split("=", 1)[1]),
    to("attribute", "title name", lambda t: t.split("=", 1)[0].title() + "=" + t.split("=", 1)[1]),
    to(
        "attribute",
        "prefix of the name",
        lambda t: t.replace("=", "", 1)[: t.index("=") - 1] + t[t.index("=") :],
    ),
    to("attribute", "suffix to the name", lambda t: t.replace("=", "s=", 1)),
    to("attribute", "in a namespace", lambda t: f" xml:{t.strip()}"),
    to("attribute", "underscore for hyphen", lambda t: t.replace("-", "_", 1)),
    *(
        to(
            "attribute",
            f"renamed to {name}",
            partial(_named, name),
            whole=True,
        )
        for name in _KNOWN_ATTRIBUTES
    ),
    to("attribute", "without quotes", lambda t: t.replace('"', "")),
    to("attribute", "blanks around the equals sign", lambda t: t.replace("=", " = ", 1)),
    Operator("on the element around", "attribute", _moved),
    Operator("as a child", "attribute", _in_child),
    _value("empty", ""),
    _value("blank", " "),
    _value("1", "1"),
    _value("yes", "yes"),
    _value("TRUE", "TRUE"),
    _value("True", "True"),
    _value("0", "0"),
    _value("no", "no"),
    _value("null", "null"),
    _value("maybe", "maybe"),
    _value("not UTF-8", "\udcff\udcfe"),
    _value("replacement character", "\ufffd"),
    _value("very long", "z" * 9000),
    _inner("in entities", lambda t: "".join(f"&#{ord(c)};" for c in t)),
    _inner("upper", str.upper),
    _inner("blank before", lambda t: f" {t}"),
    _inner("blank behind", lambda t: f"{t} "),
    _inner("no-break space behind", lambda t: f"{t}\u00a0"),
    _inner("zero width space in it", lambda t: f"{t[:1]}\u200b{t[1:]}"),
    _inner("one letter more", lambda t: f"{t}x"),
    _inner("one letter less", lambda t: t[:-1]),
    _inner("twice", lambda t: f"{t},{t}"),
    _inner("percent-encoded", lambda t: f"%{ord(t[0]):02x}{t[1:]}" if t else t),
)
