"""Saved messages of the user table: what a row does not have is not visible, never unset."""

from __future__ import annotations

import json

import pytest

from auditor.dialects import load_dialect
from auditor.errors import SourceError
from auditor.model.account import Unit
from auditor.model.site import Site
from auditor.model.vocabulary import PasswordState
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import END, EVIDENCE, judge, row, statuses, table

FULL = {"guid": "a1", "cn": "Hot Desk Base", "h323": "hot-desk-base", "e164": "#10"}


def read(data):
    return read_table_users(data, "users.json", load_dialect("documented"))


def test_a_row_in_the_published_shape():
    reading = read((EVIDENCE / "table-users.json").read_bytes())
    (candidate,) = reading.objects
    assert (candidate.cn, candidate.h323, candidate.guid) == (
        "Benutzer (Sieben)",
        "user7",
        "d0a1b2c3d4e5f60718293a4b5c6d7e8f",
    )
    assert not candidate.shows("hide")
    assert candidate.templates == ("Vorlage",)
    assert candidate.devices[0].flags == {"tls": "true"}
    assert (len(candidate.forks), len(candidate.diversions)) == (1, 2)
    assert candidate.password.state is PasswordState.SET


@pytest.mark.parametrize(
    "render",
    [
        lambda messages: json.dumps(messages).encode(),
        lambda messages: "\n".join(map(json.dumps, messages)).encode(),
        lambda messages: "\r\n\r\n".join(map(json.dumps, messages)).encode(),
        lambda messages: json.dumps(messages, indent=2).encode("utf-16"),
    ],
    ids=["list", "lines", "spaced", "utf-16"],
)
def test_messages_may_come_as_a_list_or_one_per_line(render):
    reading = read(render([row(**FULL), row(h323="b", cn="B"), END]))
    assert [o.h323 for o in reading.objects] == ["hot-desk-base", "b"]
    assert reading.gaps == []


@pytest.mark.parametrize("messages", [[row(**FULL)], [END | {"mt": "ReplicateStartResult"}]])
def test_without_an_end_rows_may_be_missing(messages):
    reading = read(table(row(**FULL), *messages))
    assert len(reading.open_ends) == 1


def test_messages_of_another_interface_are_not_rows():
    other = {"mt": "ReplicateNextResult", "api": "Other", "columns": {"h323": "x"}}
    assert [o.h323 for o in read(table(row(**FULL), other, END)).objects] == ["hot-desk-base"]


def test_columns_that_were_not_asked_for_are_not_visible():
    (candidate,) = read(table(row(**FULL, pwd="ab" * 24), END)).objects
    assert candidate.shows("pwd")
    for part in ("filter", "cd-filter", "hide", "devices", "forks", "cds", "config"):
        assert not candidate.shows(part)


def test_nothing_that_is_not_visible_is_judged(tmp_path):
    template = row(cn="T", h323="t", pseudo='<pseudo type="config"/>')
    rows = table(row(**FULL, config="T"), template, END)
    (tmp_path / "users.json").write_bytes(rows)
    site = Site.model_validate(
        {
            "target": {"objects": 2},
            "dialling": {"trunk_prefixes": ["0"]},
            "hot_desk": {"users": ["hot-desk-base"]},
        }
    )
    found = statuses(judge(read_files(tmp_path, site, None), site))
    decided = {name for name, status in found.items() if status in {"passed", "failed"}}
    assert decided == {"HD-10", "HD-11"}


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"api": "PbxTableUsers"}',
        b'{"api": "PbxTableUsers", "mt": "ReplicateNextResult", "columns": []}',
        b'{"api": "PbxTableUsers", "mt": 5, "columns": {"h323": "x"}}',
        b'{"api": "PbxTableUsers"',
        b"\xff\xfe\x00",
        b"9" * 5000,
        b'[{"api": "PbxTableUsers", "mt": "ReplicateNextResult", "columns": {"cn": "x"',
        b'{"api": "PbxTableUsers", "mt": "ReplicateNextResult", "columns": {"cn": "x"}},',
    ],
)
def test_what_cannot_be_read_is_refused(data):
    with pytest.raises(SourceError) as refused:
        read(data)
    assert refused.value.where == "users.json"


BROKEN = [
    '<pseudo type="app"',
    '<pseudo type="app" type="app"/>',
    "<pseudo/><pseudo/>",
    "<!DOCTYPE p><pseudo/>",
    "app",
    "\ud800",
]


@pytest.mark.parametrize("pseudo", BROKEN)
def test_a_row_with_a_broken_pseudo_element_takes_no_other_with_it(pseudo):
    others = [row(cn="B", h323="b"), row(cn="C", h323="c", pseudo='<pseudo type="loc"/>')]
    reading = read(table(row(**FULL, pseudo=pseudo, hide=True), *others, END))
    assert [one.h323 for one in reading.objects] == ["hot-desk-base", "b", "c"]
    broken, _, _ = reading.objects
    assert (broken.shows("pseudo"), broken.shows("hide")) == (False, True)
    (gap,) = reading.gaps
    assert (gap.area, gap.doubtful, FULL["cn"] in gap.reason) == ("objects", True, True)
    (tally,) = [one for one in reading.account if one.unit is Unit.ATTRIBUTES]
    assert (tally.not_understood, tally.places) == (1, (1,))
    assert reading.open_ends == []


@pytest.mark.parametrize("pseudo", ["", None])
def test_a_row_that_says_nothing_of_its_kind_is_no_broken_one(pseudo):
    reading = read(table(row(**FULL, pseudo=pseudo), END))
    assert (reading.gaps, reading.odd_parts) == ([], {})


WHOLE = [json.dumps(row(**FULL)), json.dumps(row(cn="B", h323="b")), json.dumps(END)]


@pytest.mark.parametrize("separator", ["\n", ","])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
@pytest.mark.parametrize("broken", ['{"mt": "ReplicateNextResult", "col', "x", '{"a": 1, "a": 2}'])
def test_messages_before_and_behind_a_broken_one_are_read(separator, place, broken):
    written = separator.join([*WHOLE[:place], broken, *WHOLE[place:]])
    data = written if separator == "\n" else f"[{written}]"
    if separator == "," and not place:
        with pytest.raises(SourceError):
            read(data.encode())
        return
    reading = read(data.encode())
    rows = WHOLE[:2] if separator == "\n" else WHOLE[: min(place, 2)]
    assert len(reading.objects) == len(rows)
    assert "objects" in {gap.area for gap in reading.gaps if gap.doubtful}
    (tally,) = [one for one in reading.account if one.unit is Unit.MESSAGES]
    assert tally.not_understood == 1
    assert bool(reading.open_ends) == (separator == "," and place < 3)


@pytest.mark.parametrize("data", [",".join(WHOLE), "\n".join(WHOLE)])
@pytest.mark.parametrize("length", [100, 150, 200, 230])
def test_a_file_that_breaks_off_shows_what_was_before(data, length):
    written = f"[{data}]" if data.count("\n") == 0 else data
    for encoding in ("utf-8", "utf-8-sig"):
        try:
            reading = read(written.encode(encoding)[:length])
        except SourceError:
            assert length <= len(WHOLE[0])
            continue
        assert reading.objects
        assert reading.open_ends
        assert reading.gaps


@pytest.mark.parametrize(
    "columns",
    [
        {"devices": "x"},
        {"devices": [1, None, {"hw": 5}, {"hw": None}, {"hw": ["x"]}]},
        {"hide": None},
        {"hide": 1e300},
        {"cn": 12345678901234567890},
        {"forks": {}},
        {"pseudo": 7},
        {"pwd": "\ud800"},
        {"text": "\udfff"},
    ],
)
def test_values_of_another_type_do_no_harm(columns):
    reading = read(table(row(**{**FULL, **columns}), END))
    assert [o.h323 for o in reading.objects] == ["hot-desk-base"]


@pytest.mark.parametrize(
    ("column", "value"), [("devices", "x"), ("devices", None), ("forks", None), ("pwd", None)]
)
def test_a_column_of_another_type_shows_nothing(column, value):
    (candidate,) = read(table(row(**{**FULL, column: value}), END)).objects
    assert not candidate.shows(column)


@pytest.mark.parametrize(
    ("columns", "strange", "visible"),
    [
        ({"hide": True}, 0, True),
        ({"hide": "true"}, 0, True),
        ({"hide": 1}, 1, False),
        ({"filter": "f", "hide": True}, 0, True),
        ({"filter": True, "hide": None}, 2, False),
        ({"devices": [{"hw": "x", "tls": True}], "hide": True}, 0, True),
        ({"devices": [{"hw": []}]}, 1, False),
        ({"devices": "x"}, 1, False),
        ({"wakeups": "x"}, 0, False),
    ],
)
def test_a_column_of_another_type_is_not_understood(columns, strange, visible):
    reading = read(table(row(**FULL, **columns), END))
    (tally,) = [one for one in reading.account if one.unit is Unit.ATTRIBUTES]
    assert tally.not_understood == strange
    assert tally.places == ((1,) if strange else ())
    (found,) = reading.objects
    assert found.shows("hide") is visible
    assert found.shows("pseudo") is False
    assert found.shows("cn")


@pytest.mark.parametrize(
    "columns",
    [{"devices": [{"hw": "x", "odd": "1"}]}, {"forks": [{"odd": "1"}]}, {"pseudo": "<pseudo/>"}],
)
def test_a_part_that_is_not_understood_shows_no_column_that_was_not_asked_for(columns):
    (found,) = read(table(row(**FULL, **columns, hide=True), END)).objects
    assert found.shows("hide")
    assert not any(map(found.shows, (*columns, "filter", "cds", "pwd", "config")))


@pytest.mark.parametrize("kind", ["ReplicateAdd", "ReplicateUpdate"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_update_may_come_at_any_time_and_proves_nothing(kind, place):
    messages = [row(**FULL), END]
    messages.insert(place, row(cn="B", h323="b") | {"mt": kind})
    reading = read(table(*messages))
    assert (reading.gaps, reading.open_ends) == ([], [])
    assert {one.h323 for one in reading.objects} == {"hot-desk-base", "b"}
    alone = read(table(row(**FULL) | {"mt": kind}, END))
    assert len(alone.open_ends) == 1


@pytest.mark.parametrize("kind", ["ReplicateNext", "ReplicateStart", "ReplicateStartResult"])
@pytest.mark.parametrize(
    ("more", "is_known"),
    [
        ({}, True),
        ({"columns": {}}, True),
        ({"columns": {"cn": {}, "h323": {"type": "text"}}}, True),
        ({"columns": {"cn": "Anna"}}, False),
        ({"columns": "cn"}, False),
        ({"columns": None}, False),
        ({"api": "Other"}, False),
    ],
)
def test_a_message_that_describes_columns_carries_no_object(kind, more, is_known):
    described = {"mt": kind, "api": "PbxTableUsers"} | more
    reading = read(table(described, row(**FULL), END))
    assert (reading.gaps == []) is is_known
    (tally,) = [one for one in reading.account if one.unit is Unit.MESSAGES]
    assert (tally.used, tally.not_understood) == (2, not is_known)


@pytest.mark.parametrize("between", [b",", b"\n"])
def test_a_name_twice_is_refused_and_half_a_character_becomes_a_question_mark(between):
    def written(columns):
        message = b'{"mt":"ReplicateNextResult","api":"PbxTableUsers","columns":{%s}}'
        both = message % columns + between + json.dumps(END).encode()
        return b"[%s]" % both if between == b"," else both

    (found,) = read(written(rb'"h323":"a","cn":"x\ud83d"')).objects
    assert found.cn == "x?"
    with pytest.raises(SourceError):
        read(written(b'"h323":"a","h323":"b"'))


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ({"hide": False, "config": ""}, "false"),
        ({"hide": True, "config": ""}, "true"),
        ({"hide": True, "config": "Staff"}, "true"),
        ({"hide": True}, "true"),
        ({"hide": False, "config": "Staff"}, None),
        ({"hide": False}, None),
    ],
)
def test_a_mark_that_is_always_there_is_only_false_where_no_template_gives_it(columns, shown):
    """It is false also where the object does not set it, so a template may."""
    (candidate,) = read(table(row(guid="a1", cn="Eva", h323="eva", **columns), END)).objects
    assert candidate.attributes.get("hide") == shown
    assert candidate.shows("hide") is (shown is not None)
