"""What a proxy does to the body of a document. Each edit takes the body and a source of chance."""

from __future__ import annotations

import re
from typing import Final

ADMIN: Final = b"_ADMIN_"
_LINE: Final = re.compile(rb"mod cmd FLASHDIR0 add-item 101 [^\r\n]*\r\n")
_USER: Final = re.compile(rb"<user\b(?:[^>]*/>|.*?</user>)", re.DOTALL)
_ITEM: Final = re.compile(
    rb"<item\b[^>]*UserInfo.*?</item>(?=<item\b[^>]*UserInfo|</return>)", re.DOTALL
)
_GUID: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_PIECES: Final = {"cfg": _LINE, "list": _USER, "names": _ITEM}


def pieces(document, body):
    """Return the pieces of a document that are one object each."""
    return [found[0] for found in _PIECES[document].finditer(body)]


def _without(document, body, removed):
    for piece in removed:
        body = body.replace(piece, b"", 1)
    left = b"UserInfo[%d]" % len(pieces(document, body))
    return re.sub(rb"UserInfo\[\d+\]", left, body)


def _is_pbx(piece):
    return b'type="loc"' in piece or b">loc</object>" in piece


def _ordinary(document, body):
    return [one for one in pieces(document, body) if ADMIN not in one and not _is_pbx(one)]


def cut_byte(_document, body, chance):
    return body[: chance.randrange(len(body))]


def cut_line(_document, body, chance):
    return body[: chance.choice([found.end() for found in re.finditer(rb"\n", body)][:-1] or [0])]


def cut_tag(_document, body, chance):
    return body[: chance.choice([found.end() for found in re.finditer(rb">", body)][:-1])]


def cut_after_admin(document, body, chance):
    """Cut at a line border behind `_ADMIN_`, which comes first: what is left looks whole."""
    (admin,) = [one for one in pieces(document, body) if ADMIN in one]
    lines = pieces(document, body)
    start = body.index(lines[0])
    kept = lines[: chance.randrange(len(lines) - 1)]
    return body[:start] + admin + b"".join(one for one in kept if one != admin)


def drop_one(document, body, chance):
    return _without(document, body, [chance.choice(_ordinary(document, body))])


def drop_some(document, body, chance):
    found = _ordinary(document, body)
    return _without(document, body, chance.sample(found, max(1, len(found) // 3)))


def drop_end(document, body, chance):
    found = _ordinary(document, body)
    return _without(document, body, found[chance.randrange(len(found)) :])


def drop_all(document, body, _chance):
    return _without(document, body, pieces(document, body))


def drop_admin(document, body, _chance):
    return _without(document, body, [one for one in pieces(document, body) if ADMIN in one])


def drop_pbx(document, body, _chance):
    return _without(document, body, [one for one in pieces(document, body) if _is_pbx(one)])


def keep_admin_alone(document, body, _chance):
    found = pieces(document, body)
    return _without(document, body, [one for one in found if ADMIN not in one])


def double_one(document, body, chance):
    """Put one object in the place of another, so that their number stays."""
    one, other = chance.sample(_ordinary(document, body), 2)
    return body.replace(one, other, 1)


def rename_one(document, body, chance):
    """Turn a guid round, so that one object is missing and another one too many."""
    one = chance.choice(_ordinary(document, body))
    guid = _GUID.search(one)[0]
    return body.replace(one, one.replace(guid, guid[::-1]), 1)


def html(_document, _body, _chance):
    return b"<html><head><title>502</title></head><body><p>Bad gateway</p></body></html>"


def empty(_document, _body, _chance):
    return b""


def unknown_module(_document, _body, _chance):
    return b"?\r\n"


def wrong_number(_document, body, _chance):
    """Let a page of names state that it has one more."""
    return re.sub(rb"\[(\d+)\]", lambda found: b"[%d]" % (int(found[1]) + 1), body, count=1)


def no_name(document, body, chance):
    """Take the name of one object away, and its guid."""
    one = chance.choice(_ordinary(document, body))
    bare = re.sub(rb' (cn|guid)="[^"]*"', b"", one)
    return body.replace(one, re.sub(rb"(<(cn|guid)\b[^>]*>)[^<]*", rb"\1", bare), 1)


def same(_document, body, _chance):
    return body


# What takes objects out of a document and leaves it well formed.
REMOVING = {edit.__name__: edit for edit in (drop_one, drop_some, drop_end, double_one, rename_one)}
# The same, where what is missing shows in the document itself.
HOLLOWING = {edit.__name__: edit for edit in (drop_all, drop_admin, drop_pbx, keep_admin_alone)}
CUTTING = {edit.__name__: edit for edit in (cut_byte, cut_line, cut_tag)}
REPLACING = {edit.__name__: edit for edit in (html, empty, unknown_module)}
OF_OBJECTS = {*REMOVING, *HOLLOWING, "no_name", "wrong_number"}
SPECIAL = {edit.__name__: edit for edit in (same, wrong_number, no_name, cut_after_admin)}
EDITS = {**REMOVING, **HOLLOWING, **CUTTING, **REPLACING, **SPECIAL}
