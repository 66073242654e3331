"""Changes between nights: each has exactly one main cause, and what is no change is none."""

from __future__ import annotations

import pytest

from auditor.fleet.model import Cause, Standing
from auditor.model.vocabulary import Status
from auditor.run.audit import audit
from tests.fleet.nights import Pbx, of_control, of_findings


@pytest.fixture
def pbx(tmp_path):
    return Pbx(tmp_path)


@pytest.fixture
def judged(monkeypatch):
    """Return the days as of which old snapshots were judged again."""
    days = []

    def counted(snapshot, site, selection, day):
        days.append(day)
        return audit(snapshot, site, selection, day)

    monkeypatch.setattr("auditor.fleet.drift.rejudge.audit", counted)
    return days


def test_everything_about_the_first_audit_is_first(pbx, judged):
    found = pbx.night()
    assert {one.cause for one in found} == {Cause.FIRST}
    assert {one.before for one in found} == {None}
    assert not judged
    assert set(pbx.known.controls) == {one.control for one in pbx.judgement.controls}


def test_a_night_like_the_one_before_changes_nothing_and_judges_nothing(pbx, judged):
    pbx.night()
    assert pbx.night() == ()
    assert not judged


def test_nothing_changes_by_names_of_files_users_and_lines(pbx):
    pbx.night()
    pbx.files = {"other.txt": "#\n" + pbx.files["cfg.txt"].replace("Böhm, Käthe", "Maier, Käthe")}
    assert pbx.night() == ()


def test_what_is_removed_is_gone_or_fixed_where_that_was_the_aim(pbx):
    pbx.night()
    pbx.lines(lambda line: "(h323=temp)" not in line)
    found = pbx.night()
    assert of_control(found, "HD-10") == (Status.FAILED, Status.PASSED, Cause.PBX)
    assert next(iter(of_findings(found, "HD-10").values())) == (
        Standing.FAILED,
        Standing.FIXED,
        Cause.PBX,
    )
    others = [one for one in found if one.key and one.control != "HD-10"]
    assert {(one.after, one.cause) for one in others} == {(Standing.GONE, Cause.PBX)}
