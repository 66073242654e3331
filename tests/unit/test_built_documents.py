"""Documents parsed when the package was built: the same as from TOML, and never old ones."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from pydantic import BaseModel

import hatch_build
from auditor.dialects import dialect_names
from auditor.dialects.bundled import bundled
from auditor.facts import known_facts
from auditor.files import built_documents
from auditor.files.toml_documents import _read
from auditor.model.rule import RuleDocument, WholeRuleDocument
from auditor.rules.catalogue import load_catalogue
from auditor.volatile import volatile_lines
from auditor.vulnerabilities import known_vulnerabilities
from tests.fixtures.pbx import ROOT

CACHES = (
    built_documents.stored,
    _read,
    known_facts,
    known_vulnerabilities,
    volatile_lines,
    bundled,
)


@pytest.fixture
def built(tmp_path, monkeypatch):
    """The folder of what is built, empty so far; nothing is remembered from before."""
    monkeypatch.setattr(built_documents, "built_directory", lambda: tmp_path)
    forget()
    yield tmp_path
    forget()


def forget():
    for cache in CACHES:
        cache.cache_clear()


def with_types(value):
    """Return a value so that a word differs from a member of an enumeration which equals it."""
    if isinstance(value, dict):
        return {name: with_types(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value), [with_types(one) for one in value]
    return type(value), value


def everything():
    forget()
    catalogue = load_catalogue()
    return (
        [with_types(asdict(replace(one, examples=[]))) for one in catalogue.rules.values()],
        {name: with_types(asdict(one)) for name, one in catalogue.profiles.items()},
        catalogue.digest,
        known_facts(),
        known_vulnerabilities(),
        volatile_lines(),
        [bundled(name) for name in dialect_names()],
    )


def build(folder):
    built_documents.store(folder, *hatch_build.documents_of(ROOT / "auditor"))
    forget()


def test_everything_is_the_same_from_what_was_built(built):
    from_toml = everything()
    build(built)
    assert everything() == from_toml


def test_what_was_built_is_what_is_read(built, monkeypatch):
    build(built)
    monkeypatch.setattr(built_documents, "parse_toml", None)
    assert load_catalogue().rules
    assert known_facts()
    assert [bundled(name) for name in dialect_names()]


def test_examples_are_there_where_they_are_asked_for(built):
    build(built)
    assert not any(rule.examples for rule in load_catalogue().rules.values())
    whole = load_catalogue(examples=True).rules.values()
    assert all(isinstance(rule, WholeRuleDocument) and rule.examples for rule in whole)


def test_a_document_that_was_changed_is_parsed_anew(built, tmp_path_factory):
    build(built)
    own = tmp_path_factory.mktemp("own")
    text = next(ROOT.glob("rules/hot-desking/HD-04-*.toml")).read_text(encoding="utf-8")
    changed = text.replace('id = "HD-04"', 'id = "OWN-01"').replace("version = ", "version = 9")
    (own / "own.toml").write_text(changed, encoding="utf-8")
    rule = load_catalogue(own=[own]).rules["OWN-01"]
    assert rule.version > 9
    assert type(rule) is not RuleDocument


def test_what_was_built_is_not_validated_again(built, monkeypatch):
    build(built)
    monkeypatch.setattr(BaseModel, "model_validate", None)
    catalogue = load_catalogue()
    assert all(catalogue.rules.values())
    assert catalogue.profiles
    assert known_vulnerabilities()
    assert volatile_lines()
    assert [bundled(name) for name in dialect_names()]


def test_a_rule_that_was_built_is_made_once(built):
    build(built)
    rules = load_catalogue().rules
    assert rules["HD-04"] is rules["HD-04"]


@pytest.mark.parametrize("content", [b"", b"{", b"a b\n", b"\xff\xfe", None])
def test_without_what_was_built_documents_are_parsed(built, content):
    if content is not None:
        (built / "documents.txt").write_bytes(content)
    assert load_catalogue().rules


def with_swapped_digests(lines):
    one, other = (line.partition(b" ") for line in lines[1:3])
    lines[1:3] = [one[0] + b" " + other[2], other[0] + b" " + one[2]]


def with_another_severity(lines):
    place = next(n for n, line in enumerate(lines) if b'"severity":"high"' in line)
    lines[place] = lines[place].replace(b'"severity":"high"', b'"severity":"info"')


def with_another_name(lines):
    lines[1] = lines[1].replace(b" ", b" X", 1)


DAMAGES = {
    "cut off in a line": lambda lines: lines.__setitem__(-1, lines[-1][:-20]),
    "cut off after a line": lambda lines: lines.pop(),
    "cut off after its beginning": lambda lines: lines.__delitem__(slice(1, None)),
    "its beginning is missing": lambda lines: lines.pop(0),
    "a document is missing": lambda lines: lines.pop(2),
    "a document stands twice": lambda lines: lines.append(lines[2]),
    "other line ends": lambda lines: lines.__setitem__(
        slice(None), [line.replace(b"\n", b"\r\n") for line in lines]
    ),
    "what a rule says stands by another one": with_swapped_digests,
    "a rule counts less": with_another_severity,
    "a rule has another name": with_another_name,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_nothing_is_taken_of_what_is_not_as_it_was_written(built, damage):
    build(built)
    assert built_documents.stored()
    lines = (built / "documents.txt").read_bytes().splitlines(keepends=True)
    damage(lines)
    (built / "documents.txt").write_bytes(b"".join(lines))
    forget()
    assert not built_documents.stored()
