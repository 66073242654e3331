"""What a run counts as new: what `fleet status` and the page of the morning do, split once."""

from __future__ import annotations

import json

import pytest

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, Cause, RecordedChange, Standing
from auditor.fleet.runner.summary import outcome_line, summary
from auditor.fleet.runner.totals import Counts, NewFinding, PbxOutcome, RunTotals
from auditor.messages.message import NOTHING
from auditor.model.vocabulary import Severity, Status
from tests.fleet.runner.conftest import saved

pytestmark = pytest.mark.usefixtures("inline")


def change(severity, key="k", before=None, after=Standing.FAILED, weighed=None):
    return RecordedChange(
        "XY-01", before, after, Cause.PBX, key, severity=severity, weighed=weighed
    )


def totals_of(*changes, fail_on=Severity.HIGH):
    totals = RunTotals(1, Counts(fail_on))
    totals.add(PbxOutcome("graz", "a", AuditEnding.AUDITED, changes))
    return totals


def said(message):
    """Return the numbers of new findings that a line gives: those that count, and those below."""
    found = dict(dict(message.parameters)["new"].parameters)
    return int(found["count"]), int(found.get("below", 0))


@pytest.mark.parametrize(
    ("changes", "fail_on", "new", "below"),
    [
        ([], Severity.HIGH, 0, 0),
        ([change(Severity.MEDIUM), change(Severity.LOW)], Severity.HIGH, 0, 2),
        ([change(Severity.CRITICAL), change(Severity.MEDIUM)], Severity.HIGH, 1, 1),
        ([change(Severity.MEDIUM)], Severity.MEDIUM, 1, 0),
        ([change(Severity.LOW)], Severity.INFO, 1, 0),
        # What is fixed, or open, is not new.
        ([change(Severity.LOW, before=Standing.FAILED, after=Standing.FIXED)], Severity.HIGH, 0, 0),
        ([change(Severity.LOW, after=Standing.UNDECIDED)], Severity.HIGH, 0, 0),
        # A control is none of its findings, unless it alone weighs more than before.
        ([change(Severity.LOW, key="", after=Status.FAILED)], Severity.HIGH, 0, 0),
        (
            [change(Severity.MEDIUM, "", Status.FAILED, Status.FAILED, Severity.LOW)],
            Severity.HIGH,
            0,
            1,
        ),
        (
            [change(Severity.MEDIUM, "", Status.FAILED, Status.FAILED, Severity.HIGH)],
            Severity.HIGH,
            0,
            0,
        ),
    ],
)
def test_what_is_new_counts_or_is_below(changes, fail_on, new, below):
    totals = totals_of(*changes, fail_on=fail_on)
    assert (len(totals.new()), totals.below()) == (new, below)
    *_, last = summary(2, totals, ExitCode.OK)
    assert said(last) == said(outcome_line(totals.seen["graz"], NOTHING, totals)) == (new, below)


def test_what_an_earlier_run_left_unsaid_counts_below_too():
    totals = totals_of(change(Severity.LOW))
    totals.unannounced.append(NewFinding("linz", "a", change(Severity.MEDIUM)))
    assert (len(totals.new()), totals.below(), totals.below_at("graz")) == (0, 2, 1)


def test_the_run_counts_what_status_counts(night):
    night.add("graz", "hardened").run()
    weaker = saved(1, "hardened").replace(b'hide-from-ldap="true"', b"")
    night.save("graz", weaker.replace(b'hide="true"', b""))
    night.run()
    told = night.console("fleet", "status", "--format", "json").out
    (pbx,) = json.loads(told)["pbxs"]
    totals = totals_of(*night.recorded()["graz"].changes)
    assert pbx["new"] == len(totals.new()) + totals.below() > 0
