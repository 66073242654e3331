"""What stands otherwise than before a run, and what a page asks, are answered alike in both."""

from __future__ import annotations

import pytest

from auditor.fleet.history_model import AuditEnding, Standing
from auditor.fleet.store.queries.overview_queries import controls_now, trends
from auditor.fleet.store.queries.run_comparison import (
    moved_since,
    not_read_since,
    read_before,
    run_before,
    worse_since,
)
from auditor.model.vocabulary import Severity, Status
from tests.fixtures.fleet_story import Story, failed, passed, unknown


@pytest.fixture
def told(history):
    """Four nights of three PBXs."""
    story = Story(history)
    both = {"a-1": [failed("HD-01", "anna", "ben"), passed("HD-02")], "a-2": [passed("HD-01")]}
    story.night({**both, "b-1": AuditEnding.UNREACHABLE})
    story.night({**both, "b-1": AuditEnding.UNREACHABLE})
    story.night(
        {"a-1": [failed("HD-01", "ben", "carl"), unknown("HD-02")], "a-2": AuditEnding.CONFLICT}
    )
    story.night({"a-1": [failed("HD-01", "ben", "carl"), unknown("HD-02")], "a-2": [failed()]})
    with history.reading() as connection:
        yield connection


def test_what_moved(told):
    found = moved_since(told, 3)
    assert [(one.pbx, one.control, one.before, one.after, one.run) for one in found] == [
        ("a-1", "HD-01", Status.FAILED, Status.FAILED, 3),
        ("a-1", "HD-02", Status.PASSED, Status.UNKNOWN, 3),
        ("a-2", "HD-01", Status.PASSED, Status.FAILED, 4),
    ]
    assert {(one.before, one.after): one.findings for one in found[0].findings} == {
        (None, Standing.FAILED): 1,
        (Standing.FAILED, Standing.FIXED): 1,
    }
    assert moved_since(told, 5) == []


def test_what_is_worse(told):
    found = worse_since(told, 3)
    assert found == {
        "a-1": (("HD-01",), ("HD-02",), Severity.HIGH),
        "a-2": (("HD-01",), (), Severity.HIGH),
    }
    assert worse_since(told, 4) == {"a-2": (("HD-01",), (), Severity.HIGH)}


def test_who_was_not_read(told):
    assert {pbx: run.number for pbx, run in not_read_since(told).items()} == {"b-1": 1}
    then = read_before(told, 4)
    assert [then[pbx].last for pbx in ("a-1", "a-2", "b-1")] == [
        AuditEnding.AUDITED, AuditEnding.CONFLICT, AuditEnding.UNREACHABLE,
    ]  # fmt: skip
    assert then["a-2"].answered is AuditEnding.CONFLICT
    assert then["a-2"].success is not None
    assert then["b-1"].success is None
    assert run_before(told, 4).number == 3
    assert run_before(told, 1) is None


def test_what_a_page_asks(told):
    assert controls_now(told)["a-1"] == [
        (Status.FAILED, Severity.HIGH, ("HD-01",)),
        (Status.UNKNOWN, Severity.HIGH, ("HD-02",)),
    ]
    found = trends(told, 3)
    assert found.runs == (2, 3, 4)
    assert found.read == {"a-1": {2, 3, 4}, "a-2": {2, 4}}
    assert found.failed == {"a-1": [(2, None, 1)], "a-2": [(4, None, 1)]}


def test_an_empty_history(history):
    with history.reading() as connection:
        assert moved_since(connection, 1) == []
        assert worse_since(connection, 1) == {}
        assert controls_now(connection) == {}
        assert trends(connection, 30).runs == ()
