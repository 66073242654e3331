"""The journal of a collection: anybody can write one that looks whole; its digests have no key."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from auditor.sources.live.journal import Journal, JournalIdentity
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import configuration_of, site_of

IDENTITY = JournalIdentity("https://pbx", "009033aabbcc", "0" * 64)
FORGED: dict[str, dict[str, Any]] = {
    "no salt": {"salt": None},
    "another type of salt": {"salt": ["a"]},
    "short salt": {"salt": ""},
    "surrogate": {"salt": "\ud800" * 32},
    "check that is not ASCII": {"check": "é" * 4},
    "another type of check": {"check": 1},
    "no time": {"started": None},
    "word for a time": {"started": "soon"},
    "no number": {"started": float("nan")},
    "no end": {"started": float("inf")},
    "long number": {"started": int("9" * 4000)},
    "list": {"started": []},
    "future": {"started": 1 << 60},
    "past": {"started": 0},
    "more": {"extra": 1},
    "site": {"site": {}},
    "another target": {"target": "https://pbx2"},
}
ALONE = {"list": "[]", "number": "1", "deep": "[" * 9000, "binary": "\x01", "nothing": ""}


@pytest.fixture
def path(tmp_path):
    (tmp_path / "cfg.txt").write_bytes(configuration_of())
    snapshot = read_files(tmp_path / "cfg.txt", site_of(), None)
    journal = Journal(tmp_path / "journal", IDENTITY, "password")
    for subject in snapshot.objects[:5]:
        journal.add(subject, "00" * 8)
    return tmp_path / "journal"


def with_header(path, text):
    _, *rest = path.read_text("utf-8").splitlines()
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path.write_text("\n".join([f"{digest} {text}", *rest]), encoding="utf-8")


def test_an_honest_one_is_gone_on_with(path):
    journal = Journal(path, IDENTITY, "password")
    assert len(journal.kept) == 5
    assert journal.refused == ""


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_header_is_not(path, name):
    header = json.loads(path.read_text("utf-8").splitlines()[0].partition(" ")[2])
    changed = {key: value for key, value in {**header, **FORGED[name]}.items() if value is not None}
    with_header(path, json.dumps(changed))
    journal = Journal(path, IDENTITY, "password")
    assert journal.kept == {}
    assert journal.refused


@pytest.mark.parametrize("name", ALONE)
def test_neither_is_what_is_no_header(path, name):
    with_header(path, ALONE[name])
    journal = Journal(path, IDENTITY, "password")
    assert journal.kept == {}


@pytest.mark.parametrize("content", [b"", b"\xff", b"0 [", b"\n" * 9, bytes(range(256))])
def test_what_is_no_journal_is_written_anew(path, content):
    path.write_bytes(content)
    journal = Journal(path, IDENTITY, "password")
    assert journal.kept == {}
    assert bool(journal.refused) == (b"\xff" not in content and content != b"")
