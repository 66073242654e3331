"""Damage to lines and to the words, options and fields of them."""

from __future__ import annotations

import re
from functools import partial
from random import Random

from tests.conservation.operators import Operator, merge, to
from tests.conservation.pieces import Piece, Text

_COMMANDS = re.compile(r"^(mod cmd FLASHDIR0 add-item 101|config change \S+|vars create|\S+)")
_UNKNOWN = ("mod cmd FLASHDIR0 clear-items 101", "frobnicate PBX0 /x 1", "config zap PBX0")


def _command(edit: str, name: str) -> Operator:
    """Return an operator on the words of a command, leaving what follows as it is."""

    def text(line: str) -> str:
        found = _COMMANDS.match(line)
        return line if found is None else _EDITS[edit](found.group()) + line[found.end() :]

    return to("line", name, text)


_EDITS = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "tab": lambda text: text.replace(" ", "\t"),
    "tab last": lambda text: "\t".join(text.rsplit(" ", 1)),
    "double": lambda text: text.replace(" ", "  "),
    "double last": lambda text: "  ".join(text.rsplit(" ", 1)),
    "no-break": lambda text: text.replace(" ", "\u00a0", 1),
    "none": lambda text: text.replace(" ", "", 1),
    "percent": lambda text: f"%{ord(text[0]):02X}{text[1:]}",
    "percent blank": lambda text: text.replace(" ", "%20", 1),
    "plus": lambda text: text.replace(" ", "+", 1),
    "letter": lambda text: text[:-1] + ("x" if text[-1] != "x" else "y"),
    "less": lambda text: text[:-1],
    "more": lambda text: f"{text}s",
    "twice": lambda text: f"{text} {text}",
}
_REPLACED = (
    ("FLASHDIR0", "FLASHDIR1"),
    ("FLASHDIR0", "FLASHDIR"),
    ("FLASHDIR0", "FLASHDIR00"),
    ("add-item 101", "add-item 100"),
    ("add-item 101", "add-item 0101"),
    ("add-item 101", "add-item 104"),
    ("add-item 101", "add-item"),
    ("add-item", "add-items"),
    ("add-item", "mod-item"),
    ("add-item", "del-item"),
    ("mod cmd ", "mod cmd_ro "),
    ("mod cmd ", "mod "),
    ("config change", "config add"),
    ("config change", "config set"),
    ("config change", "config rem"),
    ("config change", "config"),
    (" 101 (", " 101("),
    (" 101 (", " 101  ("),
    (" 101 (", " 101 x("),
    (")(", ") ("),
    (")(pbx=", ")\t(pbx="),
    ("(pbx=", "(PBX="),
    ("(pbx=", "(pbx ="),
    ("(pbx=", "(pbxs="),
    ("(pbx=", "(pbx="[:-1]),
    ("(pbx=", "(pbx=x"),
    ("(cn=", "(cn=("),
    ("(pbx=", "(type=call)(info=n1)(pbx="),
    ("(cn=", "(type=x)(info=y)(cn="),
)


def _cut(at_end: str) -> Operator:
    """Return an operator that cuts the document inside a line, or right behind it."""

    def change(chance: Random, document: Text, piece: Piece) -> str | None:
        line = document.of(piece).rstrip("\r\n")
        keep = len(line) if at_end == "border" else chance.randrange(len(line) + 1)
        ending = chance.choice(["", "\n", "\r\n", "\r"])
        after = document.text[: piece.start] + line[:keep] + ending
        return None if after == document.text else after

    return Operator(f"truncate at {at_end}", "line", change)


def _shorten(chance: Random, document: Text, piece: Piece) -> str | None:
    """Cut off the end of a line, and keep what follows it."""
    line = document.of(piece)
    body = line.rstrip("\r\n")
    keep = chance.randrange(len(body)) if body else 0
    return document.put(piece, body[:keep] + line[len(body) :]) if body else None


def _break(chance: Random, document: Text, piece: Piece) -> str | None:
    """Break a line in two, at a blank, at a field or anywhere."""
    line = document.of(piece)
    body = line.rstrip("\r\n")
    if len(body) < 2:
        return None
    places = [m.start() for m in re.finditer(r"(?<=\)) ?\(| ", body)] or [1]
    at = chance.choice([chance.choice(places), chance.randrange(1, len(body))])
    return document.put(piece, body[:at] + "\r\n" + body[at:].lstrip(" ") + line[len(body) :])


def _insert(text: str, name: str, *, within: bool = False) -> Operator:
    def change(chance: Random, document: Text, piece: Piece) -> str | None:
        line = document.of(piece)
        at = chance.randrange(len(line.rstrip("\r\n")) + 1) if within else 0
        return document.put(piece, line[:at] + text + line[at:])

    return Operator(name, "line", change)


def _keep_from(_: Random, document: Text, piece: Piece) -> str | None:
    """Drop everything before a line."""
    return document.text[piece.start :] if piece.start else None


def _replaced(text: str, old: str, new: str) -> str:
    return text.replace(old, new, 1)


LINES = (
    *(_command(edit, f"command {edit}") for edit in _EDITS),
    *(
        to("line", f"{old!r} -> {new!r}", partial(_replaced, old=old, new=new))
        for old, new in _REPLACED
    ),
    to("line", "comment out", lambda text: f"# {text}", whole=True),
    to("line", "comment out without blank", lambda text: f"#{text}", whole=True),
    to("line", "put a ! before it", lambda text: f"!{text}"),
    to("line", "put a word before it", lambda text: f"rem {text}"),
    to("line", "put a BOM before it", lambda text: f"\ufeff{text}"),
    to("line", "leading blank", lambda text: f" {text}"),
    to("line", "leading tab", lambda text: f"\t{text}"),
    to("line", "trailing blank", lambda text: f"{text.rstrip()} \r\n"),
    to("line", "trailing backslash", lambda text: f"{text.rstrip()}\\\r\n"),
    to("line", "trailing junk", lambda text: f"{text.rstrip()} x\r\n"),
    to("line", "ends in CR alone", lambda text: f"{text.rstrip()}\r"),
    to("line", "everything in upper case", str.upper),
    _insert("\r", "a CR in it", within=True),
    _insert("\udcff", "a byte that is no UTF-8 in it", within=True),
    _insert("\ufffd", "a replacement character in it", within=True),
    _insert("\x0c", "a form feed in it", within=True),
    _insert("\u2028", "a line separator in it", within=True),
    _insert("\0", "a NUL in it", within=True),
    *(_insert(f"{one}\r\n", f"insert {one}") for one in _UNKNOWN),
    Operator("cut the line short", "line", _shorten),
    Operator("break the line in two", "line", _break),
    Operator("join with the next", "line", merge),
    Operator("drop all before it", "line", _keep_from),
    _cut("border"),
    _cut("a place"),
)

FIELDS = (
    to("field", "upper name", lambda text: text.replace(text[1:3], text[1:3].upper(), 1)),
    to("field", "rename", lambda text: f"({text[1]}x{text[2:]}"),
    to("field", "no bracket before", lambda text: text[1:]),
    to("field", "no bracket behind", lambda text: text[:-1]),
    to("field", "no equals sign", lambda text: text.replace("=", "", 1)),
    to("field", "blank before its name", lambda text: f"( {text[1:]}"),
    to("field", "empty", lambda text: text[: text.index("=") + 1] + ")"),
    to("field", "blank value", lambda text: text[: text.index("=") + 1] + " )"),
    to("field", "very long", lambda text: text[:-1] + "9" * 9000 + ")"),
    to("field", "text before the value", lambda text: text.replace("=", "=x", 1)),
    to("field", "text behind the value", lambda text: f"{text[:-1]}x)"),
    to("field", "percent", lambda text: text.replace("-", "%2D").replace(" ", "%20")),
)


def _word(name: str, value: str) -> Operator:
    """Return an operator that gives an option another value, keeping its name."""

    def text(option: str) -> str:
        words = option.split(" ")
        return " ".join([*words[:2], value]) if len(words) > 1 else option

    return to("option", name, text)


OPTIONS = (
    to("option", "rename by a letter", lambda text: f"{text[:3]}x{text[3:]}"),
    to("option", "upper name", str.upper),
    to(
        "option",
        "prefix of the name",
        lambda text: text.replace(text.split()[0], text.split()[0][:-1], 1),
    ),
    to(
        "option",
        "suffix to the name",
        lambda text: text.replace(text.split()[0], text.split()[0] + "2", 1),
    ),
    to("option", "without slash", lambda text: text.replace("/", "", 1)),
    to("option", "two slashes", lambda text: text.replace("/", "//", 1)),
    to("option", "hyphen for slash", lambda text: text.replace("/", "-", 1)),
    to("option", "blank behind the slash", lambda text: text.replace("/", "/ ", 1)),
    to("option", "tabs", lambda text: text.replace(" ", "\t")),
    to(
        "option",
        "equals sign",
        lambda text: "=".join(text.rsplit(" ", 1)) if text.count(" ") > 1 else text,
    ),
    to(
        "option",
        "percent-encode a letter of the name",
        lambda text: text.replace(text[2], f"%{ord(text[2]):02x}", 1),
    ),
    to("option", "percent-encode the slash", lambda text: text.replace("/", "%2F", 1)),
    to("option", "no value", lambda text: " ".join(text.split(" ")[:2])),
    _word("empty value", '""'),
    _word("value maybe", "maybe"),
    _word("value null", "null"),
    _word("value not UTF-8", "\udcff\udcfe"),
    _word("value percent-encoded wrongly", "%zz"),
    _word("value cut percent", "%"),
    _word("value replaced", "\ufffd"),
    _word("value very long", "z" * 9000),
    _word("value of blanks", "%20"),
    _word("value NUL", "%00"),
)
WORDS = (
    to("word", "upper", str.upper),
    to("word", "rename by a letter", lambda text: f"{text[:1]}x{text[1:]}"),
    to("word", "one letter less", lambda text: text[:-1]),
    to("word", "one letter more", lambda text: f"{text}1"),
    to("word", "percent-encode a letter", lambda text: f"%{ord(text[0]):02x}{text[1:]}"),
    to("word", "in quotes", lambda text: f'"{text}"'),
    to(
        "word",
        "other known module",
        lambda text: "IP0" if text.startswith(("PBX0", "SIM-", "UP1")) else text,
    ),
)
