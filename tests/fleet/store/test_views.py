"""The views that people explore: an interface, which says what the program says."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import inspect, text

from auditor.fleet.history_model import AuditEnding, Cause
from auditor.fleet.look_back.pbx_state import state_of_pbx
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.change_queries import changes_since
from auditor.fleet.store.queries.current_state import overview
from auditor.model.vocabulary import Severity
from tests.fixtures.fleet_story import Story, failed, passed, unknown, waived

# Names and order of their columns stay: queries of others rest on them.
INTERFACE = {
    "v_run": "run day started ended seconds exit_code audited not_audited",
    "v_audit": (
        "run day tenant pbx started ended seconds ending exit_code score objects profile tool"
    ),
    "v_pbx": (
        "tenant pbx state last_run last_at last_ending success_run success_at success_day"
        " exit_code score objects profile failed_critical failed_high failed_medium failed_low"
        " failed_info waived undecided passed"
    ),
    "v_control_now": ("tenant pbx control status severity version since_run since_day days cause"),
    "v_finding_open": (
        "tenant pbx control subject_kind subject_id subject property standing severity first_run"
        " first_day since_run since_day days cause"
    ),
    "v_change": (
        "run day tenant pbx what control subject_kind subject_id subject property before after"
        " severity cause also"
    ),
    "v_delivery": "run channel recipient state made tries last_try next_try",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def story(request, tmp_path_factory):
    """Tell of PBXs of two tenants, each in another state, and one that another box answers for."""
    if request.param == "sqlite":
        with History.open(tmp_path_factory.mktemp("views") / "history.db") as history:
            yield told(history)
        return
    cluster, name = request.getfixturevalue("cluster"), f"views_{os.getpid()}"
    with History.open(cluster.create_begun(name)) as history:
        yield told(history)
    cluster.drop(name)


def told(history):
    told = Story(history)
    told.night(
        {"a-1": [failed("HD-03"), passed("HD-01")], "a-2": [waived()], "b-1": [unknown()],
         "b-2": [failed("HD-03", severity=Severity.LOW)], "b-3": AuditEnding.UNREACHABLE}
    )  # fmt: skip
    told.number += 9
    told.night(
        {"a-1": [failed("HD-03", severity=Severity.CRITICAL), passed("HD-01")],
         "a-2": [passed()], "b-1": AuditEnding.UNREACHABLE, "b-2": AuditEnding.CONFLICT},
        cause=Cause.RULES,
    )  # fmt: skip
    told.number += 30
    told.night({"a-1": [failed("HD-03", "anna", "bert", severity=Severity.CRITICAL)]})
    return told


@pytest.fixture(scope="module")
def ask(story):
    """Ask the history by SQL alone."""

    def asked(query):
        with story.history.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    return asked


def test_the_interface_stays(story):
    with story.history.reading() as connection:
        inspector = inspect(connection)
        found = {
            name: " ".join(column["name"] for column in inspector.get_columns(name))
            for name in inspector.get_view_names()
        }
    assert found == INTERFACE


def test_what_failed_for_over_thirty_days_is_one_select(ask):
    query = """SELECT tenant, pbx, since_run, days FROM v_control_now
        WHERE control = 'HD-03' AND status = 'failed' AND days > 30 ORDER BY pbx"""
    # Its severity changed in between, which is no beginning.
    assert ask(query) == [("a", "a-1", 1, 41), ("b", "b-2", 1, 41)]


def test_states_are_those_of_the_status(ask, story):
    never_stale = timedelta(days=9999)
    with story.history.reading() as connection:
        told = {
            one.pbx: state_of_pbx(one, timedelta(), never_stale) for one in overview(connection)
        }
    found = dict(ask("SELECT pbx, state FROM v_pbx"))
    assert found == told
    assert set(found.values()) == {
        "failed", "compliant", "unreachable", "identity-conflict",
    }  # fmt: skip


def test_counts_are_those_of_controls(ask):
    query = "SELECT pbx, failed_critical, failed_low, waived, undecided, passed FROM v_pbx"
    found = {row[0]: row[1:] for row in ask(query)}
    assert found == {
        "a-1": (1, 0, 0, 0, 0), "a-2": (0, 0, 0, 0, 1), "b-1": (0, 0, 0, 1, 0),
        "b-2": (0, 1, 0, 0, 0), "b-3": (0, 0, 0, 0, 0),
    }  # fmt: skip


def test_findings_know_their_first_day(ask):
    query = """SELECT subject, standing, severity, first_run, since_run, days, cause
        FROM v_finding_open WHERE pbx = 'a-1' ORDER BY subject"""
    assert ask(query) == [
        ("anna", "failed", "high", 1, 1, 41, "first"),
        ("bert", "failed", "critical", 3, 3, 0, "pbx"),
    ]


def test_changes_are_those_of_drift(ask, story):
    with story.history.reading() as connection:
        told = {
            (one.run, one.pbx, one.control, one.subject and one.subject.id, one.before, one.after,
             one.severity, one.cause)
            for one in changes_since(connection, 1)
        }  # fmt: skip
    found = ask(
        "SELECT run, pbx, control, subject_id, before, after, severity, cause FROM v_change"
    )
    assert len(found) == len(told)
    assert set(found) == told


def test_runs_and_audits_have_times_of_their_kind(ask, story):
    (run, day, seconds, code, audited, not_audited, started) = ask(
        "SELECT run, day, seconds, exit_code, audited, not_audited, started FROM v_run"
    )[0]
    assert (run, seconds, code, audited, not_audited) == (1, 600, 0, 4, 1)
    assert date.fromisoformat(str(day)) == story.day(1)
    assert datetime.fromisoformat(str(started)) == story.moment(1)
    assert ask("SELECT seconds, ending FROM v_audit WHERE pbx = 'b-3'") == [(60, "unreachable")]


def test_a_control_that_is_not_asked_is_not_there(ask):
    assert ask("SELECT control FROM v_control_now WHERE pbx = 'a-1'") == [("HD-03",)]


def test_what_people_did_is_seen(place):
    with History.open(place) as history:
        story = told(history)
        history.rebind("b-2", story.moment(41))
        with history.reading() as connection:
            states: dict[str, str] = dict(
                connection.execute(text("SELECT pbx, state FROM v_pbx")).fetchall()
            )
        assert states["b-2"] == "unreachable"
        history.forget("b", story.moment(41))
        with history.reading() as connection:
            for view, columns in INTERFACE.items():
                if "tenant" in columns:
                    found = connection.scalars(text(f"SELECT tenant FROM {view}"))  # noqa: S608 -- above
                    assert set(found) == {"a"}
