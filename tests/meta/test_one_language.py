"""No text of words is put together as a plain one: what people read is a message, or says why not.

A plain text is accepted wherever a message is, and then stands in English on a German page. So
whoever writes words around a value says them with `say`; a machine's format is named here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import auditor

PACKAGE = Path(auditor.__file__).parent
# A word as it stands in a sentence: no name of a key, option, file, tag or attribute.
WORD = re.compile(r"(?<![\w.<=/:@#%\\-])[A-Za-z]?[a-z]+(?![\w=/(:;-]|\.\w)")
LEAST = 2

# Folders and modules that write no sentence for a reader of German, each with the reason.
MACHINES = {
    "cli": "the help of options, which is English in each language; commands to type",
    "dialects/places.py": "a line of a configuration",
    "fleet/outward/page/rendering.py": "CSS",
    "fleet/outward/units": "crontabs, systemd units and commands, read where English is read",
    "fleet/scale/key_paper.py": "a TOML document to paste",
    "fleet/scale/queue.py": "SQL",
    "fleet/scale/queue_tables.py": "SQL",
    "fleet/store/connection": "SQL",
    "fleet/store/migrations": "SQL",
    "remediation/composing.py": "a line of Python",
    "remediation/script": "programs on their own: XML, lines of a configuration, English help",
    "report/formats/junit.py": "JUnit, which is English for every CI system",
    "report/formats/ocsf.py": "OCSF",
    "report/formats/oscal.py": "OSCAL",
    "report/formats/sarif.py": "SARIF",
    "report/branding/branding_file.py": "CSS",
    "report/html/html_page.py": "a policy of HTTP",
    "rules/by_rights.py": "generated documents, which are English",
    "rules/rule_pages.py": "generated documents, which are English",
    "run/document_places.py": "a line of a configuration",
    "run/rule_examples.py": "lines of a configuration",
    "simulator": "what a PBX answers",
    "sources/live/read_only.py": "the list of requests, which is a table of English documents",
    "sources/live/soap_envelope.py": "XML",
    "sources/parse/configuration.py": "lines of a configuration",
    "values/frozen.py": "what the writer of a class did wrong",
    "values/patterns.py": "a text to try a pattern on",
}
# What these raise, a programmer meets, or the author of a control in the trace of a crash.
TO_PROGRAMMERS = {
    "checks/settings.py",
    "checks/support/parameters.py",
    "messages/both.py",
    "messages/message.py",
}
# `str()` of an error is for a log; people are told its message.
LOGGED = {"errors.py": "__str__"}


def reason_of(path):
    """Return why a module may write plain texts; empty if nothing says so."""
    name = path.relative_to(PACKAGE).as_posix()
    folders = [name, *(one.as_posix() for one in Path(name).parents)]
    return next((MACHINES[one] for one in folders if one in MACHINES), "")


def written(node):
    """Return what a program writes around or between values; None if it puts nothing together."""
    if isinstance(node, ast.JoinedStr):
        return " ".join(text_of(one) or "{}" for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        sides = [text_of(node.left), text_of(node.right)]
        return " {} ".join(filter(None, sides)) if any(sides) else None
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if is_method and node.func.attr in {"format", "join", "format_map"}:
        return text_of(node.func.value)
    return None


def text_of(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sentences(tree):
    """Yield each text of two or more words that is put together as a plain one."""
    for node in ast.walk(tree):
        text = written(node)
        if text is not None and len(WORD.findall(text)) >= LEAST:
            yield node, text


def left_out(tree, name):
    """Return the nodes that only programmers and logs meet."""
    found = set()
    for node in ast.walk(tree):
        if name in TO_PROGRAMMERS and isinstance(node, ast.Raise):
            found |= {*map(id, ast.walk(node))}
        if isinstance(node, ast.FunctionDef) and LOGGED.get(name) == node.name:
            found |= {*map(id, ast.walk(node))}
    return found


def plain_sentences(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = left_out(tree, path.relative_to(PACKAGE).as_posix())
    return [f"{node.lineno}: {text}" for node, text in sentences(tree) if id(node) not in known]


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_what_people_read_is_put_together_as_a_message():
    found = {path: plain_sentences(path) for path in MODULES if not reason_of(path)}
    assert {str(path): lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", sorted({*MACHINES, *TO_PROGRAMMERS, *LOGGED}))
def test_what_is_left_out_still_writes_such_texts(name):
    path = PACKAGE / name
    modules = path.rglob("*.py") if path.is_dir() else [path]
    trees = [ast.parse(one.read_text(encoding="utf-8")) for one in modules]
    assert any(list(sentences(tree)) for tree in trees)


@pytest.mark.parametrize(
    "line",
    [
        'f"severity {a} instead of {b}: {c}"',
        'f"{a}, counted by {b}"',
        '"issued by {} to {}".format(a, b)',
        '"issued by %s" % a',
        '"it was read by " + a',
        '" and then ".join(a)',
        'f", issued by {a}, sha256 {b}"',
    ],
)
def test_words_around_values_are_found(line):
    assert list(sentences(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        'f"{a}; {b}"',
        'f"device {a}"',
        'f"[facts.{a}]"',
        'say("severity {a} instead of {b}", a=a, b=b)',
        '"; ".join(a)',
        'f"https://{a}/some/place"',
    ],
)
def test_names_and_messages_are_none(line):
    assert not list(sentences(ast.parse(line)))
