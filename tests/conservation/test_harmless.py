"""The reverse: what changes nothing about the PBX leaves every verdict as it is."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from tests.conservation.evidence import evidence_of
from tests.conservation.judging import judge


def _replaced(old, new):
    return lambda content: content.replace(old, new)


def _objects_reversed(content):
    lines = content.splitlines(keepends=True)
    plain = [n for n, line in enumerate(lines) if b"add-item 101 (cn=" in line]
    turned = {n: lines[m] for n, m in zip(plain, reversed(plain), strict=True)}
    return b"".join(turned.get(n, line) for n, line in enumerate(lines))


def _attributes_reversed(content):
    def turned(found):
        return found[1] + b"".join(reversed(re.findall(rb'\s[\w-]+="[^"]*"', found[2]))) + found[3]

    return re.sub(rb'(<user)((?:\s[\w-]+="[^"]*")+)(/?>)', turned, content)


def _one_per_line(content):
    return b"".join(json.dumps(message).encode() + b"\n" for message in json.loads(content))


@cache
def _whole(system, form):
    evidence = evidence_of(system, form)
    return judge(evidence, evidence.files, "fitting")


HARMLESS = (
    ("configuration", "LF", _replaced(b"\r\n", b"\n")),
    ("configuration", "a BOM", lambda content: b"\xef\xbb\xbf" + content),
    ("configuration", "empty lines at the end", lambda content: content + b"\r\n\r\n"),
    ("configuration", "no final newline", lambda content: content.rstrip(b"\r\n")),
    ("configuration", "objects in another order", _objects_reversed),
    ("configuration", "attributes in another order", _attributes_reversed),
    (
        "configuration",
        "empty elements in two tags",
        _replaced(b'<pseudo type="config"/>', b'<pseudo type="config"></pseudo>'),
    ),
    ("configuration", "a value in entities", _replaced(b'hide="true"', b'hide="&#116;rue"')),
    (
        "configuration",
        "another call in the list",
        lambda content: content + content.splitlines()[-1].replace(b"217", b"218") + b"\r\n",
    ),
    ("configuration", "single quotes", _replaced(b'hide="true"', b"hide='true'")),
    ("export", "one line", _replaced(b"\r\n", b"")),
    ("export", "indented", _replaced(b"\r\n", b"\r\n\t")),
    (
        "export",
        "another root",
        lambda c: c.replace(b"<info>", b"<pbx>").replace(b"</info>", b"</pbx>"),
    ),
    ("export", "attributes in another order", _attributes_reversed),
    ("messages", "one per line", _one_per_line),
    ("messages", "indented", lambda content: json.dumps(json.loads(content), indent=2).encode()),
    ("both", "LF", _replaced(b"\r\n", b"\n")),
)


@pytest.mark.parametrize(
    ("form", "name", "change"), HARMLESS, ids=[f"{form}, {name}" for form, name, _ in HARMLESS]
)
@pytest.mark.parametrize("system", ["hardened", "HD-05-own", "insecure"])
def test_nothing_changes(system, form, name, change):
    evidence = evidence_of(system, form)
    files = {file: change(content) for file, content in evidence.files.items()}
    assert files != evidence.files, name
    before = _whole(system, form)
    after = judge(evidence, files, "fitting")
    assert not after.crash
    assert not after.refused
    assert after.statuses == before.statuses
