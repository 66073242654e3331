"""A document with a damaged part is used for what it says, and doubtful for the rest.

What it contradicts before or behind the damage is open, as if it were whole; what is lost is named.
"""

from __future__ import annotations

import json

import pytest

from auditor.model.vocabulary import Area
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.assemble import Batch, assemble
from tests.fixtures.pbx import (
    END,
    PBX_PASSWORD,
    configuration_of,
    export_of,
    judge,
    row,
    simulated,
    site_of,
    statuses,
    write,
)
from tests.sources.test_contradictions import BASE, DIALECT, object_of, read

DECIDED = {"passed", "failed"}
PHONE = "devices"


def saved(*messages, text=""):
    """Return the reading of a saved replication, one message a line, and a line of damage."""
    lines = [*map(json.dumps, messages), *filter(None, [text])]
    return read_table_users("\n".join(lines).encode(), "table-users.json", DIALECT)


def row_of(name, **columns):
    one = object_of(name)
    return row(guid=one.guid, cn=one.cn, h323=one.h323, **columns)


def judged(*others):
    snapshot = assemble(Batch([read(), *others], [], DIALECT), site_of(), PBX_PASSWORD)
    return statuses(judge(snapshot, site_of(), profile="baseline")), snapshot


CONTRADICTS = row_of(BASE, hide=False, config="")
DAMAGED = {
    "pseudo is no XML": saved(row_of(PHONE, pseudo='<pseudo type="app"'), CONTRADICTS, END),
    "behind it": saved(CONTRADICTS, row_of(PHONE, pseudo="<pseudo/><pseudo/>"), END),
    "a line is no JSON": saved(CONTRADICTS, END, text='{"mt": "Repl'),
    "no row": saved(CONTRADICTS, {**END, "columns": ["guid"]}, END),
    "no end": saved(CONTRADICTS),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_table_still_contradicts(damage):
    before, _ = judged()
    after, snapshot = judged(DAMAGED[damage])
    assert before["HD-04"] == "passed"
    assert after["HD-04"] not in DECIDED
    assert snapshot.gaps_in(Area.OBJECTS)


@pytest.mark.parametrize(
    ("columns", "control"),
    [
        ({"hide": 0}, "HD-04"),
        ({"hide": ["false"]}, "HD-04"),
        ({"devices": "x"}, "HD-15"),
        ({"devices": [{"hw": "x", "no-filter": None}]}, "HD-15"),
    ],
)
def test_what_is_not_as_documented_agrees_with_nothing(columns, control):
    found = saved(row_of(BASE, **columns), END)
    before, _ = judged()
    after, _ = judged(found)
    assert before[control] == "passed"
    assert after[control] not in DECIDED
    assert any(next(iter(columns)) in note for note in found.notes)
    assert before["APP-03"] == after["APP-03"]


@pytest.mark.parametrize("columns", [{"hide": None}, {"devices": None}, {"odd": 5}])
def test_what_says_nothing_takes_nothing_away(columns):
    assert judged(saved(row_of(BASE, **columns), END))[0] == judged()[0]


def test_an_app_whose_rights_cannot_be_read_has_none_that_count():
    before, _ = judged()
    after, snapshot = judged(saved(row_of(PHONE, pseudo='<pseudo type="app"'), END))
    assert before["APP-03"] == "passed"
    assert after["APP-03"] not in DECIDED
    assert any(object_of(PHONE).cn in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))


def lines_of(*messages):
    return "\n".join(map(json.dumps, messages))


WHOLE_TABLE = json.dumps([CONTRADICTS, row_of(PHONE), END])
OF_BASE = export_of(simulated()).replace(b'hide="true"', b'hide="false"')
FILES = {
    "a table that breaks off": ("users.json", WHOLE_TABLE[:-30]),
    "a table with a damaged line": ("users.json", lines_of(CONTRADICTS, END) + '\n{"mt": '),
    "an export that breaks off": ("pbx.xml", OF_BASE[:-40]),
    "an export with an element that nobody knows": (
        *("pbx.xml", OF_BASE.replace(b"</", b"<odd><user/></odd></", 1)),
    ),
}


@pytest.mark.parametrize("damage", FILES)
def test_a_damaged_file_beside_a_whole_one_contradicts_or_opens_what_it_is_about(tmp_path, damage):
    name, content = FILES[damage]
    whole = {"cfg.txt": configuration_of()}
    before = read_files(write(tmp_path / "whole", whole), site_of(), PBX_PASSWORD)
    after = read_files(write(tmp_path / "both", {**whole, name: content}), site_of(), PBX_PASSWORD)
    assert statuses(judge(before, site_of()))["HD-04"] == "passed"
    assert statuses(judge(after, site_of()))["HD-04"] not in DECIDED
    assert after.gaps_in(Area.OBJECTS)
    assert len(after.objects) == len(before.objects)


@pytest.mark.parametrize("line", ["mod cmd FLASHDIR0 add-item 101 (cn=x", "set everything open"])
def test_a_damaged_line_hides_no_contradiction_of_another_one(tmp_path, line):
    files = {
        "cfg.txt": configuration_of() + line.encode() + b"\r\n",
        "users.json": lines_of(CONTRADICTS, END),
    }
    snapshot = read_files(write(tmp_path, files), site_of(), PBX_PASSWORD)
    assert statuses(judge(snapshot, site_of()))["HD-04"] not in DECIDED
    reasons = [gap.reason for gap in snapshot.gaps_in(Area.OBJECTS)]
    assert any(object_of(BASE).cn in reason for reason in reasons)
