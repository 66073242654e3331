"""A site that learned its settings: from `learn` to a plan that is applied and taken back."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys

import pytest

from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.fixtures.program import environment

FACT = "registrations_without_password"
LEARN = ("learn", "--fact", FACT, "--marker", "7351", "--by", "A. Muster")
OPTION = ("PBX0", "/sim-regs-without-pwd")
# A dialect that was learned on this box, a site file in another folder, work in a third one.
SITE, DIALECT = "conf/site.toml", "conf/learned/site-dialect.toml"


@pytest.fixture
def pbx():
    return SimulatedPbx.create("insecure", seed=1)


@pytest.fixture
def served(pbx):
    with SimulatorServer(pbx) as running:
        yield running


def lines_of(server):
    return responses.configuration(server.state.pbx, 1)


@pytest.fixture
def learned(console, pbx, served):
    """Learn one setting; return the folder that holds the site file and the dialect."""
    before = lines_of(served)
    after = re.sub(rb"/sim-regs-without-pwd \d+", b"/sim-regs-without-pwd 7351", before)
    (console.folder / "a.txt").write_bytes(before)
    (console.folder / "b.txt").write_bytes(after)
    (console.folder / "conf" / "learned").mkdir(parents=True)
    ended = console(*LEARN, "--before", "a.txt", "--after", "b.txt", "-o", DIALECT)
    assert ended.code == 0, ended.err
    site = pbx.site.read_text("utf-8")
    named = site.replace('dialect = "simulated"', 'dialect = "learned/site-dialect.toml"')
    (console.folder / SITE).write_text(named, "utf-8")
    console.login(pbx)
    return console.folder / "conf"


def report_of(console, *arguments):
    ended = console("audit", *arguments, "--out", "out")
    assert ended.code in {1, 4}, ended.err
    return json.loads((console.folder / "out" / "report.json").read_text("utf-8")), ended


def learned_steps(plan):
    return [
        step["change"]["machine"]
        for step in plan["steps"]
        if (step["change"]["machine"] or {}).get("kind") == "option"
    ]


def remedy(console, pbx, served, *arguments):
    """Run a command of `remediate` as an administrator, as a process of its own."""
    account = next(one for one in pbx.accounts if one.role == "admin")
    return subprocess.run(  # noqa: S603 -- the program under test
        [sys.executable, "-m", "auditor", "remediate", *arguments, "--url", served.url],
        cwd=console.folder,
        env=environment(
            console.folder,
            PBX_ADMIN_USERNAME=account.username,
            PBX_ADMIN_PASSWORD=account.password,
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.usefixtures("learned")
def test_from_learning_to_a_plan_that_is_applied_and_taken_back(console, pbx, served):
    report, ended = report_of(console, served.url, "--site", SITE)
    failed = next(one for one in report["results"] if one["id"] == "HD-03")
    assert failed["status"] == "failed"
    (evidence,) = failed["observations"][0]["evidence"]
    assert evidence["grade"] == "learned"
    digest = hashlib.sha256((console.folder / DIALECT).read_bytes()).hexdigest()
    assert report["run"]["dialect_file"] == {"path": DIALECT, "sha256": digest, "replaced": []}
    page = (console.folder / "out" / "report.html").read_text("utf-8")
    for text in (ended.out, page):
        assert digest in "".join(text.split())
        assert DIALECT in text

    plan = json.loads((console.folder / "out" / "remediation" / "plan.json").read_text("utf-8"))
    assert [(one["head"], one["option"]) for one in learned_steps(plan)] == [OPTION]
    ended = console("remediate", "plan", served.url, "--site", SITE, "--what-if", "--out", "fix")
    assert ended.code in {0, 1}, ended.err
    assert re.search(r"HD-03 .*failed.* -> passed", ended.out)

    before = lines_of(served)
    made = json.loads((console.folder / "fix" / "plan.json").read_text("utf-8"))
    given = ("fix", "--apply", made["hash"][:12], "--only", "HD-03")
    done = remedy(console, pbx, served, "apply", *given)
    assert done.returncode == 0, done.stderr
    assert lines_of(served) != before
    report, _ = report_of(console, served.url, "--site", SITE)
    assert next(one for one in report["results"] if one["id"] == "HD-03")["status"] == "passed"
    done = remedy(console, pbx, served, "rollback", "fix", "--apply", made["hash"][:12])
    assert done.returncode == 0, done.stderr
    assert lines_of(served) == before


class TestSavedAndElsewhere:
    def test_a_snapshot_plans_as_the_pbx_did_though_the_file_is_gone(
        self, console, learned, served
    ):
        ended = console("collect", served.url, "--site", SITE, "-o", "snapshot.json")
        assert ended.code in {0, 4}, ended.err
        digest = hashlib.sha256((console.folder / DIALECT).read_bytes()).hexdigest()
        shutil.rmtree(learned / "learned")
        for site in (("--site", SITE), ()):
            report, _ = report_of(console, "snapshot.json", *site)
            assert report["run"]["dialect"] == "site-dialect"
            assert report["run"]["dialect_file"]["sha256"] == digest
            written = (console.folder / "out" / "remediation" / "plan.json").read_text("utf-8")
            steps = learned_steps(json.loads(written))
            assert [(one["head"], one["option"]) for one in steps] == [OPTION]
            ended = console("remediate", "plan", "snapshot.json", *site, "--what-if")
            assert ended.code in {0, 1}, ended.err

    def test_without_the_file_nothing_else_is_read(self, console, learned):
        shutil.rmtree(learned / "learned")
        for target in ("a.txt", "https://192.0.2.1"):
            ended = console("audit", target, "--site", SITE)
            assert ended.code == 2
            assert "site-dialect.toml" in ended.err

    def test_the_file_is_found_from_anywhere(self, console, learned, monkeypatch):
        elsewhere = console.folder / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        for site in ("../conf/site.toml", str(learned / "site.toml")):
            ended = console("audit", "../a.txt", "--site", site, "--out", "out")
            assert ended.code in {1, 4}, ended.err
            report = json.loads((elsewhere / "out" / "report.json").read_text("utf-8"))
            hd03 = next(one for one in report["results"] if one["id"] == "HD-03")
            assert hd03["status"] == "failed"
            assert (elsewhere / report["run"]["dialect_file"]["path"]).samefile(
                learned / "learned" / "site-dialect.toml"
            )

    @pytest.mark.usefixtures("learned")
    def test_on_another_train_the_plan_lacks_the_step(self, console):
        other = (console.folder / "a.txt").read_bytes().replace(b"# 13r3 ", b"# 14r1 ", 1)
        (console.folder / "c.txt").write_bytes(other)
        report, _ = report_of(console, "c.txt", "--site", SITE)
        hd03 = next(one for one in report["results"] if one["id"] == "HD-03")
        assert hd03["status"] == "unknown"
        written = (console.folder / "out" / "remediation" / "plan.json").read_text("utf-8")
        assert learned_steps(json.loads(written)) == []

    @pytest.mark.usefixtures("learned")
    def test_every_other_command_takes_the_file(self, console, served):
        report_of(console, "a.txt", "--site", SITE)
        report = "out/report.json"
        assert console("report", report, "--out", "again", "--format", "html,csv").code == 0
        assert console("diff", report, report).code == 0
        assert console("site", "check", SITE).code == 0
        assert console("doctor", served.url, "--site", SITE).code in {0, 4}
        assert console("dialects", "check", DIALECT, "--against", "a.txt").code == 0

    @pytest.mark.usefixtures("learned")
    def test_a_pbx_that_is_not_reached_is_reported_with_the_file(self, console, served):
        url = served.url
        served.__exit__(None, None, None)
        ended = console("audit", url, "--site", SITE, "--out", "out", "--timeout", "2")
        assert ended.code == 3, ended.err
        report = json.loads((console.folder / "out" / "report.json").read_text("utf-8"))
        assert report["run"]["dialect"] == "site-dialect"
        assert report["run"]["dialect_file"]["path"] == DIALECT
