"""Two runs compared: never fixed, and never known, what one of them did not see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.report.compare import ViolationChange, baseline_of, compare, tolerated
from auditor.report.schema import v1
from tests.report.factory import make_observation, make_report, make_result


def seen(verdict="violated", **changes):
    return make_observation("anna", verdict, fingerprint="a" * 64, **changes)


def control(status="failed", *observations, **changes):
    return make_result("HD-01", status, observations=[*observations], **changes)


VIOLATED = control("failed", seen())
FINE = control("passed", seen("compliant"))
UNREAD = control("unknown", make_observation("objects", "undetermined", subject_kind="area"))
NOT_WHOLE = control("failed", make_observation("bert"), make_observation("objects", "undetermined"))
ABSENT = control("passed", make_observation("bert", "compliant"))
CASES = [
    ("fixed", VIOLATED, FINE, ViolationChange.FIXED),
    ("fixed with the object", VIOLATED, ABSENT, ViolationChange.FIXED),
    ("new", FINE, VIOLATED, ViolationChange.NEW),
    ("new with the object", ABSENT, VIOLATED, ViolationChange.NEW),
    ("the same", VIOLATED, VIOLATED, ViolationChange.UNCHANGED),
    ("another detail", VIOLATED, control("failed", seen(detail="else")), ViolationChange.CHANGED),
    ("accepted now", VIOLATED, control("waived", seen(waived=True)), ViolationChange.CHANGED),
    ("accepted before", control("waived", seen(waived=True)), VIOLATED, ViolationChange.CHANGED),
    ("not read", VIOLATED, UNREAD, ViolationChange.NOT_COMPARABLE),
    ("undetermined", VIOLATED, control("unknown", seen("undetermined")),
     ViolationChange.NOT_COMPARABLE),
    ("check broke", VIOLATED, control("error"), ViolationChange.NOT_COMPARABLE),
    ("manual", VIOLATED, control("manual"), ViolationChange.NOT_COMPARABLE),
    ("no longer applies", VIOLATED, control("not-applicable"), ViolationChange.NOT_COMPARABLE),
    ("not seen whole", VIOLATED, NOT_WHOLE, ViolationChange.NOT_COMPARABLE),
    ("not read before", UNREAD, VIOLATED, ViolationChange.NOT_COMPARABLE),
    ("undetermined before", control("unknown", seen("undetermined")), VIOLATED,
     ViolationChange.NOT_COMPARABLE),
    ("another version", VIOLATED, replace(FINE, version=2), ViolationChange.NOT_COMPARABLE),
    ("same, another version", VIOLATED, replace(VIOLATED, version=2),
     ViolationChange.NOT_COMPARABLE),
    ("looser parameters", VIOLATED, replace(FINE, parameters={"min": 1}),
     ViolationChange.NOT_COMPARABLE),
]  # fmt: skip


def become(old, new):
    return compare(baseline_of(make_report(old)), make_report(new))


@pytest.mark.parametrize(
    ("old", "new", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_becomes_of_a_violation(old, new, expected):
    entry = next(e for e in become(old, new).entries if e.fingerprint == "a" * 64)
    assert entry.change is expected
    assert entry.note or expected is not ViolationChange.NOT_COMPARABLE


@pytest.mark.parametrize("results", [([VIOLATED], []), ([], [VIOLATED])])
def test_a_control_of_one_run_only_is_not_comparable(results):
    old, new = (make_report(*controls) for controls in results)
    assert [e.change for e in compare(baseline_of(old), new).entries] == [
        ViolationChange.NOT_COMPARABLE
    ]


def test_another_system_is_not_comparable_as_a_whole():
    old, new = make_report(VIOLATED), make_report(FINE)
    new = replace(new, target=replace(new.target, id="unidentified"))
    comparison = compare(baseline_of(old), new)
    assert comparison.reason
    assert [entry.change for entry in comparison.entries] == [ViolationChange.NOT_COMPARABLE]


@pytest.mark.parametrize(("old", "new", "known"), [
    (VIOLATED, VIOLATED, True),
    (VIOLATED, control("failed", seen(detail="else")), True),
    (VIOLATED, replace(VIOLATED, severity="critical"), False),
    (VIOLATED, replace(VIOLATED, severity="low"), True),
    (control("waived", seen(waived=True)), VIOLATED, False),
    (UNREAD, VIOLATED, False),
    (FINE, VIOLATED, False),
    (VIOLATED, replace(VIOLATED, version=2), False),
])  # fmt: skip
def test_what_a_baseline_tolerates(old, new, known):
    assert ("a" * 64 in tolerated(become(old, new))) is known


STATUSES = st.sampled_from(["failed", "passed", "unknown", "waived"])
VERDICTS = st.sampled_from(["violated", "compliant", "undetermined"])


@st.composite
def controls(draw):
    found = draw(st.dictionaries(st.sampled_from("abcdef"), VERDICTS))
    words = set(found.values())
    status: v1.StatusWord = (
        "failed" if "violated" in words
        else "unknown" if "undetermined" in words
        else "passed" if words else "not-applicable"
    )  # fmt: skip
    observations = [
        make_observation(name, verdict, fingerprint=name * 64) for name, verdict in found.items()
    ]
    return found, control(status, *observations)


@pytest.mark.slow
@given(controls(), controls())
def test_fixed_was_decided_and_every_violation_is_listed_once(old, new):
    comparison = become(old[1], new[1])
    listed = {entry.fingerprint[0]: entry.change for entry in comparison.entries}
    assert len(listed) == len(comparison.entries)
    violated = [{n for n, v in run[0].items() if v == "violated"} for run in (old, new)]
    assert set(listed) == violated[0] | violated[1]
    for name, change in listed.items():
        if change is ViolationChange.FIXED:
            assert new[0].get(name) != "undetermined"
            assert "undetermined" not in new[0].values()
        if change is ViolationChange.NEW:
            assert "undetermined" not in old[0].values()
        assert (change is ViolationChange.UNCHANGED) == (name in violated[0] & violated[1])


@given(controls())
def test_nothing_changes_between_a_run_and_itself(run):
    assert {entry.change for entry in become(run[1], run[1]).entries} <= {ViolationChange.UNCHANGED}


WHY = [
    (VIOLATED, FINE, ""),
    (FINE, VIOLATED, ""),
    (VIOLATED, VIOLATED, ""),
    (VIOLATED, control("failed", seen(detail="else")), ""),
    (VIOLATED, control("unknown", seen("undetermined")), "the later run could not decide it"),
    (control("unknown", seen("undetermined")), VIOLATED, "the earlier run could not decide it"),
    (VIOLATED, control("not-applicable"), "the control does not apply any more"),
    (VIOLATED, NOT_WHOLE, "the later run did not see the control whole"),
    (NOT_WHOLE, VIOLATED, "the earlier run did not see the control whole"),
    (VIOLATED, replace(FINE, version=2), "the control has version 2, it had 1"),
    (VIOLATED, replace(FINE, parameters={"a": 1}), "the parameters of the control are others"),
    (control("waived", seen(waived=True)), VIOLATED, "it was accepted, and is not any more"),
    (VIOLATED, control("waived", seen(waived=True)), ""),
    (
        replace(VIOLATED, severity="low"),
        replace(VIOLATED, severity="high"),
        "it is high, it was low",
    ),
    (replace(VIOLATED, severity="high"), replace(VIOLATED, severity="low"), ""),
]


@pytest.mark.parametrize(("old", "new", "note"), WHY)
def test_an_entry_says_why_and_shows_the_later_run(old, new, note):
    comparison = become(old, new)
    entry = next(one for one in comparison.entries if one.fingerprint == "a" * 64)
    assert entry.note == note
    shown = new if any(one.fingerprint == "a" * 64 for one in new.observations) else old
    assert (entry.rule, entry.title, entry.severity) == ("HD-01", new.title_failed, new.severity)
    (observed,) = [one for one in shown.observations if one.fingerprint == "a" * 64]
    if entry.change is not ViolationChange.NOT_COMPARABLE:
        assert (entry.subject, entry.detail) == (observed.subject, observed.detail)
    violated = any(
        one.fingerprint == "a" * 64 and one.verdict == "violated" and not one.waived
        for one in new.observations
    )
    assert entry.open is violated
    assert comparison.of(entry.change)[0].change is entry.change
    known = entry.change in {ViolationChange.UNCHANGED, ViolationChange.CHANGED} and not note
    assert (entry.fingerprint in tolerated(comparison)) is known


@pytest.mark.parametrize("missing", ["earlier", "later"])
def test_a_control_that_one_run_lacks_is_named_so(missing):
    runs = {
        "earlier": make_report(VIOLATED),
        "later": make_report(VIOLATED),
        missing: make_report(),
    }
    comparison = compare(baseline_of(runs["earlier"]), runs["later"])
    assert [one.note for one in comparison.entries] == [
        f"the {missing} run did not have the control"
    ]
