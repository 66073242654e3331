"""What holds of every pair of audits: one change for each difference, and changes make the new."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.errors import ExitCode
from auditor.fleet.drift.changes import RejudgeStep, changes_between
from auditor.fleet.drift.content import content_digest
from auditor.fleet.drift.finding_states import Standings
from auditor.fleet.history_model import (
    Cause,
    ControlSeen,
    FindingSeen,
    Judgement,
    Known,
    KnownFinding,
    Standing,
    SubjectSeen,
)
from auditor.messages.message import say
from auditor.model.snapshot import Gap
from auditor.model.vocabulary import Coverage, EvidenceMode, Severity, Status
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import configuration_of, site_of, write
from tests.fleet.nights import Pbx, accepting, days, folded, own_rule

CONTROLS = ("AA-01", "AA-02", "AA-03")
OBJECTS = ("u1", "u2", "u3", "")
ORDER = [Cause.RULES, Cause.SITE, Cause.TIME, Cause.VIEW, Cause.PBX]
AT_AN_END = {Standing.FIXED, Standing.GONE}
SEEN = (Standing.FAILED, Standing.WAIVED, Standing.UNDECIDED)


def key_of(control, owner, prop):
    return hashlib.sha256(f"{control} {owner} {prop}".encode()).hexdigest()


def some(source, values):
    return {one for one in values if source.random() < 0.6}


def control(source, name):
    findings, cleared = [], set()
    for owner in OBJECTS:
        for prop in ("p", "q"):
            key = key_of(name, owner, prop)
            standing = source.choice([*SEEN, "cleared", "unseen", "unseen"])
            if standing == "cleared":
                cleared.add(key)
            elif standing != "unseen":
                subject = SubjectSeen("user" if owner else "setting", owner or "s", owner, owner)
                findings.append(FindingSeen(key, name, subject, prop, standing))
    open_ones = {one.subject.owner for one in findings if one.standing is Standing.UNDECIDED}
    return ControlSeen(
        name,
        1,
        source.choice(list(Status)),
        source.choice([Severity.HIGH, Severity.LOW]),
        tuple(findings),
        frozenset(cleared),
        ("objects",),
        source.random() < 0.3,
        None if "" in open_ones else frozenset(open_ones),
    )


def judgement(source):
    return Judgement(
        tuple(control(source, name) for name in sorted(some(source, CONTROLS))),
        ExitCode.OK,
        None,
        {"objects": source.choice(list(Coverage))},
        frozenset(("", name) for name in some(source, OBJECTS[:3])),
        source.random() < 0.5,
    )


class Again:
    """Judges again as it is told to."""

    def __init__(self, made, cause):
        self.made = made
        self.cause = cause
        self.asked = 0

    def steps(self):
        self.asked += 1
        causes = (Cause.RULES, Cause.SITE, Cause.TIME)
        return [RejudgeStep(cause, one) for cause, one in zip(causes, self.made, strict=False)]

    def evidence(self, needs, _reading):
        assert set(needs) <= {"objects"}
        return self.cause


def again_of(source):
    made = [judgement(source) for _ in range(source.randrange(4))]
    return Again(made, source.choice([Cause.SITE, Cause.VIEW, Cause.PBX, Cause.RULES]))


seeds = st.integers(0, 2**32).map(random.Random)


def after(known, now):
    """Return what is to be known after an audit, found without asking why."""
    by = Standings(now)
    seen = {one.key: one for control in now.controls for one in control.findings}
    findings = {
        key: KnownFinding(key, one.control, one.subject, one.property, by.of(one))
        for key, one in known.findings.items()
    }
    for key, one in seen.items():
        findings[key] = KnownFinding(key, one.control, one.subject, one.property, one.standing)
    return {one.control: (one.status, one.severity) for one in now.controls}, findings


@given(seeds)
def test_each_difference_is_one_change_and_changes_make_what_is_known(source):
    known = Known()
    for _ in range(source.randrange(1, 6)):
        now, again = judgement(source), again_of(source)
        expected, findings = after(known, now)
        found = changes_between(known, now, again)
        places = [(one.control, one.key) for one in found]
        assert len(places) == len(set(places))
        for one in found:
            assert one.before != one.after or not one.key
            assert (one.cause is Cause.FIRST) == (not known.controls and known.basis is None)
            causes = [one.cause, *one.also]
            assert causes == sorted(set(causes), key=[Cause.FIRST, *ORDER].index)
        different = sum(
            known.controls[name][2:] != expected.get(name) if name in known.controls else True
            for name in {*known.controls, *expected}
        ) + sum(known.findings.get(key) != one for key, one in findings.items())
        assert len(found) == different
        assert different or not again.asked
        known = folded(known, found, now)
        assert {name: one[2:] for name, one in known.controls.items()} == expected
        assert {key: one.standing for key, one in known.findings.items()} == {
            key: one.standing for key, one in findings.items()
        }


@given(seeds, st.sampled_from(Standing), st.sampled_from(OBJECTS))
def test_nothing_is_fixed_or_gone_that_was_not_decided(source, before, owner):
    now = judgement(source)
    subject = SubjectSeen("user" if owner else "setting", owner or "s", owner, owner)
    key = key_of("AA-01", owner, "p")
    standing = Standings(now).of(KnownFinding(key, "AA-01", subject, "p", before))
    ran = {one.control: one for one in now.controls}.get("AA-01")
    if standing not in AT_AN_END or before in AT_AN_END:
        return
    assert ran is not None
    assert ran.status is not Status.ERROR
    is_there = not owner or ("", owner) in now.subjects
    if standing is Standing.GONE:
        assert now.has_all_objects
        assert not is_there
        assert not ran.wants_absence
    elif key not in ran.cleared:
        assert is_there or (now.has_all_objects and ran.wants_absence)
        is_open = ran.doubted is None or owner in ran.doubted
        assert not is_there or not is_open


EVENTS = {
    "user removed": lambda pbx: pbx.without("(h323=temp)"),
    "user wrong": lambda pbx: pbx.swap("(h323=temp)", 'hide="true"', ""),
    "user right": lambda pbx: pbx.swap("(h323=hot-desk-base)", "<user ", '<user hide="true" '),
    "not understood": lambda pbx: pbx.files.update({"more.txt": "config change X /what is\n"}),
    "restored": lambda pbx: pbx.restore(),
    "profile": lambda pbx: setattr(pbx, "profile", "baseline"),
    "waiver": lambda pbx: setattr(pbx, "waivers", accepting(expires=40, created=days(0))),
    "no waiver": lambda pbx: setattr(pbx, "waivers", ""),
    "weeks": lambda pbx: setattr(pbx, "day", pbx.day + timedelta(days=45)),
    "own rules": lambda pbx: setattr(pbx, "rules", {"own.toml": own_rule("XY-01", "low")}),
    "dialect": lambda pbx: setattr(pbx, "site", pbx.site.replace('"simulated"', '"documented"')),
}


class Restored(Pbx):
    """A PBX that can be what it was, and of which lines are changed if they are there."""

    def __init__(self, folder):
        super().__init__(folder)
        self.first = dict(self.files)

    def restore(self):
        self.files = dict(self.first)

    def without(self, part):
        lines = self.files["cfg.txt"].splitlines(keepends=True)
        self.files["cfg.txt"] = "".join(line for line in lines if part not in line)

    def swap(self, part, old, new):
        lines = self.files["cfg.txt"].splitlines(keepends=True)
        self.files["cfg.txt"] = "".join(
            line.replace(old, new) if part in line else line for line in lines
        )


@pytest.mark.slow
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sets(st.sampled_from(sorted(EVENTS)), max_size=3), min_size=2, max_size=4))
def test_real_audits_are_what_changes_make(tmp_path_factory, nights):
    pbx = Restored(tmp_path_factory.mktemp("pbx"))
    pbx.night()
    for events in nights:
        for name in sorted(events):
            EVENTS[name](pbx)
        known = pbx.known
        found = pbx.night()
        expected, findings = after(known, pbx.judgement)
        assert {name: one[2:] for name, one in pbx.known.controls.items()} == expected
        assert {key: one.standing for key, one in pbx.known.findings.items()} == {
            key: one.standing for key, one in findings.items()
        }
        assert Cause.FIRST not in {one.cause for one in found}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return read_files(write(folder, {"cfg.txt": configuration_of("insecure")}), site_of(), None)


def test_the_digest_is_the_same_wherever_and_in_whatever_order_it_was_read(whole):
    moved = replace(
        whole,
        objects=tuple(one._replace(source="x", line=9) for one in reversed(whole.objects)),
        filters=tuple(replace(one, source="x", line=9) for one in reversed(whole.filters)),
        settings={
            name: replace(one, source="x", line=9) for name, one in reversed(whole.settings.items())
        },
        sources=tuple(replace(one, name="x", sha256="0", size=1) for one in whole.sources),
        proofs={name: replace(one, source="x") for name, one in whole.proofs.items()},
        gaps=tuple(replace(one, source="x", line=9) for one in whole.gaps),
    )
    assert content_digest(moved) == content_digest(whole)


OTHERWISE = {
    "target": "other",
    "boxes": (),
    "objects": (),
    "filters": (),
    "settings": {},
    "areas": {},
    "gaps": (Gap("objects", say("so")),),
    "proofs": {},
    "sources": (),
    "pbx_password_evidence": None,
    "dialect": "other",
    "evidence_mode": EvidenceMode.PBX_PASSWORD,
    "reads_template_parents": False,
    "ended_early": "interrupted",
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_the_digest_differs_with_what_is_said(whole, name):
    other = replace(whole, **{name: OTHERWISE[name]})
    assert getattr(other, name) != getattr(whole, name)
    assert content_digest(other) != content_digest(whole)


def test_the_digest_differs_with_each_part_of_an_object(whole):
    first, *rest = whole.objects
    for name, value in {
        "cn": "x",
        "e164": "1",
        "templates": ("x",),
        "visible": frozenset(),
    }.items():
        changed = replace(whole, objects=(first._replace(**{name: value}), *rest))
        assert content_digest(changed) != content_digest(whole)
