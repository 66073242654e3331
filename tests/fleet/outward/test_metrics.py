"""Metrics: what they say of a history, and that Prometheus' own tool finds them in order."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date

import pytest

from auditor.fleet.history_model import AuditEnding, Expiry, State
from auditor.fleet.store.history_records import NewDelivery
from auditor.messages.message import say
from tests.fixtures.fleet_story import failed, passed, unknown, waived
from tests.fleet.outward.conftest import recipient

EVERY = 'every = "24h"'


def samples(text):
    """Return the value of each sample by its whole name."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = dict(line.rsplit(" ", 1) for line in lines)
    assert len(found) == len(lines)
    return {name.removeprefix("pbx_auditor_"): float(value) for name, value in found.items()}


def labelled(found, name):
    return {key: value for key, value in found.items() if key.partition("{")[0] == name and value}


@pytest.fixture
def exported(console):
    def export(*options):
        ended = console("fleet", "metrics", *options)
        assert ended.code == 0
        return samples(ended.out)

    return export


@pytest.fixture
def fleet(story, listed):
    """Two nights of three PBXs in two tenants; one of them was never there."""
    listed("alpen-graz", "alpen-wien", "city-linz", "city-enns", fleet=EVERY)
    story.night({"alpen-graz": [failed()], "alpen-wien": [waived()], "city-linz": [unknown()]})
    story.night(
        {"alpen-graz": [failed("HD-01", "anna", "bert")], "alpen-wien": [passed()],
         "city-linz": AuditEnding.UNREACHABLE},
        expiries={"alpen-graz": (Expiry("waiver", "HD-01 anna", date(2026, 3, 20)),)},
    )  # fmt: skip
    return story


def today(fleet, later=0):
    return ("--today", fleet.day(fleet.number + later).isoformat())


class TestWhatIsSaid:
    def test_states_add_up_to_the_inventory(self, exported, fleet):
        found = exported(*today(fleet))
        assert labelled(found, "pbxs") == {
            'pbxs{tenant="alpen",state="failed"}': 1,
            'pbxs{tenant="alpen",state="compliant"}': 1,
            'pbxs{tenant="city",state="unreachable"}': 1,
            'pbxs{tenant="city",state="never"}': 1,
        }
        assert sum(name.startswith("pbxs{") for name in found) == 2 * len(State)

    def test_findings_are_those_that_are_open(self, exported, fleet):
        found = exported(*today(fleet))
        assert labelled(found, "findings") == {
            'findings{tenant="alpen",standing="failed",severity="high"}': 2,
            'findings{tenant="city",standing="undecided",severity="high"}': 1,
        }
        assert labelled(found, "failed_controls") == {
            'failed_controls{tenant="alpen",severity="high"}': 1
        }
        assert labelled(found, "expiring") == {'expiring{tenant="alpen"}': 1}

    def test_times_are_those_of_attempts_and_successes(self, exported, fleet):
        found = exported(*today(fleet))
        of = 'pbx_last_{}_timestamp_seconds{{tenant="city",pbx="city-{}"}}'
        first, second = (fleet.moment(night).timestamp() + 60 for night in (1, 2))
        assert found[of.format("success", "linz")] == first
        assert found[of.format("attempt", "linz")] == second
        assert found[of.format("attempt", "enns")] == found[of.format("success", "enns")] == 0

    def test_a_run_is_described(self, exported, fleet):
        found = exported(*today(fleet))
        began = fleet.moment(2).timestamp()
        assert found["run_number"] == 2
        assert found["run_last_start_timestamp_seconds"] == began
        assert found["run_last_end_timestamp_seconds"] == began + 600
        assert found["run_last_success_timestamp_seconds"] == began + 600
        assert (found["run_duration_seconds"], found["run_exit_code"]) == (600, 0)
        assert (found["run_interval_seconds"], found["run_overdue"]) == (86_400, 0)
        assert exported(*today(fleet, later=2))["run_overdue"] == 1

    def test_a_run_that_failed_or_did_not_end_is_no_success(self, exported, fleet):
        run = fleet.night({"alpen-graz": None, "alpen-wien": [passed()]})
        found = exported(*today(fleet))
        assert (found["run_number"], found["run_left_pbxs"]) == (3, 1)
        assert found["run_last_end_timestamp_seconds"] == fleet.moment(2).timestamp() + 600
        fleet.history.end(run, 3, fleet.moment(3))
        found = exported(*today(fleet))
        assert found["run_exit_code"] == 3
        assert found["run_last_end_timestamp_seconds"] == fleet.moment(3).timestamp()
        assert found["run_last_success_timestamp_seconds"] == fleet.moment(2).timestamp() + 600


def test_a_message_that_did_not_arrive_is_counted(exported, fleet, folder):
    """Of those whom the inventory names: who was taken out of it raises no alarm for good."""
    outbox, now = fleet.history.outbox(), fleet.moment(2)
    file = folder.path / "fleet.toml"
    listed = (recipient(name, url_env="X", secret_env="X") for name in ("officer", "alpen", "new"))
    file.write_text(file.read_text() + "".join(listed))
    both = ("alpen", "city")
    for name, tenants in (("officer", both), ("alpen", both[:1]), ("new", ()), ("former", both)):
        about = NewDelivery(name, "mail", 2, 2, tenants, name, b"text")
        claimed = outbox.claim(outbox.queue(about, now), now)
        if name == "new":
            outbox.note_sent(claimed, now)
        else:
            outbox.note_failure(claimed, say("it does not answer"))
    assert labelled(exported(), "deliveries") == {
        'deliveries{state="failed"}': 2, 'deliveries{state="sent"}': 1,
    }  # fmt: skip
    told = exported("--tenant", "alpen")
    assert labelled(told, "deliveries") == {'deliveries{state="failed"}': 1}


@pytest.mark.parametrize("is_begun", [True, False])
def test_a_history_without_runs_says_so(is_begun, exported, request):
    if is_begun:
        request.getfixturevalue("story")
    request.getfixturevalue("listed")("alpen-graz", fleet=EVERY)
    found = exported()
    assert found.pop("exported_timestamp_seconds")
    said = {name: value for name, value in found.items() if value}
    assert said == {
        "run_interval_seconds": 86_400,
        "run_exit_code": -1,
        'pbxs{tenant="alpen",state="never"}': 1,
    }
    assert found["run_last_success_timestamp_seconds"] == 0


class TestOneTenant:
    def test_nothing_of_another_is_in_it(self, console, fleet):
        said = console("fleet", "metrics", "--tenant", "ALPEN", *today(fleet)).said
        assert "alpen-graz" in said
        assert not re.search(r"city|linz|enns", said)

    def test_how_the_run_ended_is_not_told(self, exported, fleet):
        found = exported("--tenant", "alpen", *today(fleet))
        assert not {"run_exit_code", "run_duration_seconds"} & found.keys()
        assert found["run_number"] == 2

    def test_a_pbx_that_the_history_has_under_another_tenant_is_not_counted(
        self, exported, story, listed
    ):
        story.night({"alpen-graz": [failed()]}, tenants={"alpen-graz": "city"})
        listed("alpen-graz")
        found = exported(*today(story))
        assert labelled(found, "pbxs") == {'pbxs{tenant="alpen",state="never"}': 1}
        assert not labelled(found, "findings")
        assert not labelled(found, "pbx_last_success_timestamp_seconds")

    def test_no_name_of_a_user_is_in_it(self, console, fleet):
        said = console("fleet", "metrics", *today(fleet)).said
        assert not re.search("anna|bert|HD-01|Systemhaus", said)


class TestTheFile:
    def test_it_is_there_for_the_collector(self, console, fleet, folder):
        path = folder.path / "textfile" / "pbx-auditor.prom"
        assert console("fleet", "metrics", "--textfile", path, *today(fleet)).code == 0
        assert path.read_text(encoding="utf-8").endswith("\n# EOF\n")
        assert path.stat().st_mode & 0o777 == 0o644
        assert [one.name for one in path.parent.iterdir()] == [path.name]

    def test_the_old_one_stays_if_nothing_can_be_said(self, console, fleet, folder):
        path = folder.write("pbx-auditor.prom", "old")
        fleet.history.close()
        (folder.path / "history.db").write_bytes(b"damaged")
        assert console("fleet", "metrics", "--textfile", path).code == 6
        assert path.read_text(encoding="utf-8") == "old"

    def test_a_place_that_cannot_be_written_is_told(self, console, fleet, folder):
        (folder.path / "pbx-auditor.prom").mkdir()
        ended = console("fleet", "metrics", "--textfile", folder.path / "pbx-auditor.prom")
        assert ended.code == 6
        assert fleet.history.last_run().number == 2

    def test_promtool_finds_it_in_order(self, console, fleet):
        promtool = shutil.which("promtool")
        if promtool is None:
            pytest.skip("promtool is not installed (Debian: package prometheus)")
        text = console("fleet", "metrics", *today(fleet)).out
        ended = subprocess.run(  # noqa: S603 -- what is installed
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")
