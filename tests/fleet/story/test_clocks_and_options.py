"""What concerns a whole run: clocks, thresholds, what is asked for, and what was not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.fleet.runner.conftest import Inline
from tests.fleet.story.telling import Clock, Teller, Told, at, changes_by_pbx, set_clock


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    set_clock(monkeypatch)
    monkeypatch.setattr("auditor.fleet.runner.fleet_run.WorkerPool", Inline)
    Clock.moment = at(1)


@pytest.fixture
def tell(tmp_path, console):
    """Make a fleet of PBXs of which evidence and papers are said for each night."""

    def made(head="", **pbxs):
        told = [
            Told({"id": name if "-" in name else f"alpen-{name}", "night": nights}, number)
            for number, (name, nights) in enumerate(pbxs.items(), 1)
        ]
        teller = Teller(tmp_path, console, told)
        teller.head += head
        return teller

    return made


def nights(*evidence, **more):
    """Return nights with this evidence, one after the other."""
    return [{"on": on, "evidence": list(one), **more} for on, one in enumerate(evidence, 1)]


def run(teller, night, *options, **more):
    Clock.moment = at(night, **more)
    teller.write(night)
    return teller.console("fleet", "run", *options)


def state(teller, name):
    (found,) = [one for one in teller.json("status")["pbxs"] if one["pbx"] == f"alpen-{name}"]
    return found


def test_a_clock_that_was_set_back_changes_no_order(tell):
    teller = tell(graz=nights([], ["regs"], []))
    run(teller, 1)
    assert run(teller, 2).code == 1
    ended = run(teller, 3, days=-9)
    assert ended.code == 0
    document = teller.json("status")
    assert document["remarks"]
    (pbx,) = document["pbxs"]
    assert (pbx["state"], pbx["fixed"], pbx["age_seconds"]) == ("compliant", 1, 0)
    (finding,) = [
        one for one in teller.json("history", "alpen-graz")["findings"] if one["control"] == "HD-03"
    ]
    assert (finding["first_seen"]["run"], finding["fixed"]["run"]) == (2, 3)


def test_a_waiver_of_a_day_that_the_clock_went_back_to_counts_again(tell):
    teller = tell(graz=[{"on": 5, "evidence": ["regs"], "waivers": ["regs"]}])
    assert run(teller, 5).code == 1
    assert run(teller, 1).code == 0
    changed = teller.drift()["alpen-graz"]
    assert {one["cause"] for one in changed} == {"time"}


def test_a_run_that_did_not_happen_is_told_by_status_and_by_the_next_run(tell):
    teller = tell('every = "24h"\n', graz=nights([], [], []))
    run(teller, 1)
    assert not teller.json("status")["remarks"]
    Clock.moment = at(3)
    assert teller.json("status")["last_run"]["overdue_since"]
    told = run(teller, 3).said
    Clock.moment = at(4)
    quiet = run(teller, 4).said
    assert len(told.splitlines()) == len(quiet.splitlines()) + 1


def test_exactly_max_age_is_not_stale_and_a_second_more_is(tell):
    teller = tell(graz=[{"on": 1, "max_age": "3d"}, {"on": 2, "evidence": ["nothing"]}])
    run(teller, 1)
    assert run(teller, 2).code == 3
    Clock.moment = at(4)
    assert state(teller, "graz")["state"] == "unreachable"
    Clock.moment += timedelta(seconds=1)
    assert state(teller, "graz")["state"] == "stale"


@pytest.mark.parametrize("options", [(), ("--changed",)])
def test_a_threshold_of_tonight_counts_whether_it_is_judged_again_or_not(tell, tmp_path, options):
    teller = tell(graz=nights(["ldap"]), linz=nights([]))
    assert run(teller, 1).code == 0
    assert state(teller, "graz")["state"] == "compliant"
    # It was known, so nothing is new; but it fails by what is asked tonight.
    assert run(teller, 2, *options, "--fail-on", "medium").code == 0
    assert state(teller, "graz")["state"] == "failed"
    assert state(teller, "graz")["exit_code"] == 1
    assert state(teller, "linz")["state"] == "compliant"
    assert run(teller, 3, *options, "--fail-on", "medium", "--all").code == 1
    assert run(teller, 4, *options).code == 0
    assert state(teller, "graz")["state"] == "compliant"
    for night, code in ((1, 0), (2, 1), (3, 1), (4, 0)):
        more = ("--at", at(night).date().isoformat(), "--format", "json", "-o")
        out = tmp_path / f"again-{night}"
        assert teller.console("fleet", "report", "alpen-graz", *more, out).code == 0
        report = json.loads((out / "report.json").read_text("utf-8"))
        assert report["summary"]["exit_code"] == code


def test_what_was_not_asked_for_stands_as_it_stood(tell):
    teller = tell(graz=nights(["regs"], []), linz=nights([], ["regs"]))
    run(teller, 1)
    assert run(teller, 2, "--only", "alpen-graz").code == 0
    assert teller.drift().keys() == {"alpen-graz"}
    assert state(teller, "linz")["state"] == "compliant"
    assert run(teller, 3, "--only", "alpen-linz").code == 1
    assert changes_by_pbx(teller.json("drift", "--since", "2")).keys() == {
        "alpen-graz",
        "alpen-linz",
    }


def test_the_share_that_is_reached_is_of_what_was_asked_for(tell):
    teller = tell(graz=nights([], ["nothing"]), linz=nights([]))
    run(teller, 1)
    assert run(teller, 2).code == 3
    assert run(teller, 2, "--min-reached", "50", hours=1).code == 0
    assert run(teller, 2, "--only", "alpen-linz", hours=2).code == 0
    assert run(teller, 2, "--min-reached", "50", "--only", "alpen-graz", hours=3).code == 3


def test_known_undecided_controls_count_if_asked(tell):
    teller = tell(graz=nights(["no-regs-line"], ["no-regs-line"]))
    assert run(teller, 1).code == 0
    assert run(teller, 2, "--all").code == 4


def test_a_severity_that_rises_is_told_once_by_a_run_that_is_taken_up_again(tell, monkeypatch):
    """The first run is stopped behind the PBX whose known finding weighs more now."""
    weighed = [
        {"on": 1, "site": ["rights"]},
        {"on": 2, "site": ["rights", "hd13-critical"]},
    ]
    teller = tell(graz=weighed, linz=nights([]))
    run(teller, 1)
    monkeypatch.setattr("auditor.fleet.runner.fleet_run.WorkerPool", StopsAtTheSecond)
    assert run(teller, 2).code == 130
    monkeypatch.setattr("auditor.fleet.runner.fleet_run.WorkerPool", Inline)
    assert run(teller, 2, "--resume", hours=1).code == 1
    assert run(teller, 3).code == 0


class StopsAtTheSecond(Inline):
    """Judges one PBX, and is stopped then."""

    def hand_out(self, task, now):
        if self.count and vars(self).setdefault("done", 0):
            raise KeyboardInterrupt
        self.done = 1
        super().hand_out(task, now)


def test_a_pbx_that_nobody_lists_any_more_is_in_no_status_and_its_history_stays(tell):
    teller = tell(graz=[*nights(["regs"]), {"on": 2, "absent": True}], linz=nights([]))
    run(teller, 1)
    assert run(teller, 2).code == 0
    document = teller.json("status")
    assert [one["pbx"] for one in document["pbxs"]] == ["alpen-linz"]
    assert any("alpen-graz" in one for one in document["remarks"])


def test_one_of_many_that_fails_what_all_others_pass_stands_out(tell):
    teller = tell(**{name: nights([]) for name in ("graz", "linz", "wels")}, wien=nights(["regs"]))
    run(teller, 1)
    found = teller.json("outliers")["outliers"]
    assert {(one["pbx"], one["control"]) for one in found} == {("alpen-wien", "HD-03")}


def test_a_waiver_ends_with_the_day_of_its_tenant(tell):
    """At half past eleven in London, the fourth is over in Vienna."""
    accepted = [{"on": 3, "evidence": ["regs"], "waivers": ["regs"]}]
    teller = tell(**{"alpen-graz": accepted, "berg-wight": accepted})
    teller.zones = {"alpen": "Europe/Vienna", "berg": "Europe/London"}
    assert run(teller, 3).code == 0
    assert run(teller, 4, hours=21, minutes=30).code == 1
    assert teller.drift().keys() == {"alpen-graz"}
    assert {one["cause"] for one in teller.drift()["alpen-graz"]} == {"time"}


def test_fewer_objects_than_last_time_are_a_remark(tell):
    teller = tell(graz=nights([], ["two-gone"]))
    run(teller, 1)
    assert not state(teller, "graz")["remarks"]
    assert run(teller, 2).code == 0
    assert state(teller, "graz")["remarks"]
    assert state(teller, "graz")["objects"] < state(teller, "graz")["objects_before"]


def test_a_past_night_has_the_branding_of_today(tell, tmp_path):
    teller = tell(graz=[{"on": 1}, {"on": 2, "site": ["branded"]}])
    run(teller, 1)
    branding = ("branding", "init", "--partner", "Systemhaus Berger", "--customer", "Muster GmbH")
    assert teller.console(*branding, "-o", tmp_path / "branding.toml").code == 0
    run(teller, 2)
    for night in (1, 2):
        out = tmp_path / f"again-{night}"
        more = ("--at", at(night).date().isoformat(), "--format", "json", "-o", out)
        assert teller.console("fleet", "report", "alpen-graz", *more).code == 0
        report = json.loads((out / "report.json").read_text("utf-8"))
        assert report["branding"]["partner"]["name"] == "Systemhaus Berger"
    teller.pbxs[0].nights[3] = {"site": ["broken"]}
    assert run(teller, 3).code == 2
    last = ("--format", "json", "-o", tmp_path / "plain")
    assert teller.console("fleet", "report", "alpen-graz", *last).code == 0


def test_what_a_pattern_finds_is_older_by_its_number_alone(tell):
    folders = ("night-9", "night-10", "night-9", "night-11", "night-11b", "night-2")
    ends = (0, 0, 3, 0, 0, 0)
    told = [{"on": on, "folder": folder, "pattern": True} for on, folder in enumerate(folders, 1)]
    teller = tell(graz=told)
    for night, code in enumerate(ends, 1):
        for options in ((), ("--changed",)):
            assert run(teller, night, *options).code == code, (night, options)
