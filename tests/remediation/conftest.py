"""A simulated PBX with much to remedy, and the folder that an administrator is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from functools import cache

import pytest

from auditor.model.decision import Thresholds
from auditor.model.vocabulary import Severity, Verdict
from auditor.pbx.view import AuditView
from auditor.remediation.composing import scripts
from auditor.remediation.impact import foreseen
from auditor.remediation.plan import render_plan
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit
from auditor.simulator.responses import configuration
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import DEFAULTS
from tests.fixtures.pbx import ROOT, site_of
from tests.fixtures.plans import build_plan
from tests.fixtures.program import starter
from tests.fixtures.starter import Starter
from tests.remediation.liar import Case, Liar

TODAY = date(2026, 11, 22)
RULES = list(load_catalogue().rules.values())


def account_of(server, role):
    return next(one for one in server.pbx.accounts if one.role == role)


SELECTION = Selection(RULES, Thresholds(Severity.HIGH))


def audited(server, site=None):
    viewer = account_of(server, "viewer")
    given = Credentials(viewer.username, viewer.password, server.pbx.pbx_password)
    site = site or site_of("insecure")
    options = DEFAULTS._replace(scores_everybody=True)
    return audit(read_live(server.url, site, given, options), site, SELECTION, TODAY)


def judge_of(site):
    return lambda snapshot: audit(snapshot, site, SELECTION, TODAY).results


def plan_of(outcome):
    view = AuditView(outcome.snapshot, outcome.site, TODAY)
    made = build_plan(view, outcome.results, target_name="x", run_id="r")
    plan, _ = foreseen(
        made, outcome.snapshot, outcome.results, judge_of(outcome.site), lambda _: None
    )
    return plan


def made_by(plan):
    return [step for step in plan.steps if step.change.machine]


def violations(outcome):
    return {
        finding.fingerprint
        for result in outcome.results
        for finding in result.findings
        if finding.observation.verdict is Verdict.VIOLATED
    }


def state_of(server):
    """Return the lines of the configuration as a person would save it."""
    return configuration(server.state.pbx, 1).splitlines()


@cache
def boxed(config):
    """Return a simulated PBX, which is frozen: what is changed is the state of its server."""
    return SimulatedPbx.create(config, seed=1)


class Kit:
    """The folder that is handed out, and somebody who runs its scripts."""

    starter: Starter | None = None  # without one, Python is started

    def __init__(self, server, folder, plan, role="admin", via="script"):
        self.server = server
        self.folder = folder
        self.plan = plan
        self.role = role
        self.via = via
        folder.mkdir()
        (folder / "plan.json").write_bytes(render_plan(plan))
        self.hand_out("en")

    def hand_out(self, language):
        """Write the scripts for somebody who reads a language."""
        for name, text in scripts(language).items():
            (self.folder / name).write_text(text, encoding="utf-8")

    @property
    def environment(self):
        account = account_of(self.server, self.role)
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SSL_CERT_FILE": os.environ["SSL_CERT_FILE"],
            "PBX_ADMIN_USERNAME": account.username,
            "PBX_ADMIN_PASSWORD": account.password,
        }

    def command(self, *more, script="remediate.py", url=None, python="-I"):
        """Return what is run: a script beside the plan, or the same from the installed program."""
        target = ["--url", url or self.server.url, *more]
        if self.via == "script":
            return [sys.executable, python, str(self.folder / script), *target]
        verb = {"remediate.py": "apply", "rollback.py": "rollback"}[script]
        return [sys.executable, "-m", "auditor", "remediate", verb, str(self.folder), *target]

    def run(self, *more, script="remediate.py", url=None, python="-I", **environment):
        env = self.environment | environment
        if self.starter and python == "-I":
            _, _, *arguments = self.command(*more, script=script, url=url)
            forking = self.starter if self.via == "script" else starter()
            return forking.run(arguments, env, timeout=120)
        return subprocess.run(  # noqa: S603 -- the scripts under test
            self.command(*more, script=script, url=url, python=python),
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    def apply(self, *more, **options):
        return self.run("--apply", self.plan.hash[:12], *more, **options)

    def apply_all(self, *more, **options):
        """Make the passwords, hand them out, and set them; stop where the script stops."""
        done = self.apply(*more, **options)
        if done.returncode:
            return done
        return self.apply("--passwords-ready", *more, **options)

    def roll_back(self, **options):
        return self.apply(script="rollback.py", **options)

    def roll_back_only(self, number):
        return self.apply("--only", str(number), script="rollback.py")

    def passwords(self):
        """Return the new passwords by the name that they belong to."""
        lines = [line.split(" ", 2) for line in self.read("new-passwords.txt").splitlines()]
        return {json.loads(name): secret for _, secret, name in lines}

    def read(self, name):
        return (self.folder / name).read_text("utf-8")


@pytest.fixture(scope="session", autouse=True)
def _starter():
    """Start the scripts of this test process by forking, where a process can."""
    if not hasattr(os, "fork"):
        yield
        return
    Kit.starter = Starter("-I")
    yield
    Kit.starter.close()
    Kit.starter = None


@pytest.fixture
def serve():
    opened = []

    def start(config="insecure", pbx=None, **switches):
        server = SimulatorServer(pbx or boxed(config), **switches)
        opened.append(server)
        return server.__enter__()

    yield start
    for server in opened:
        server.__exit__(None, None, None)


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture(scope="session")
def plan():
    with SimulatorServer(boxed("insecure")) as running:
        return plan_of(audited(running))


@pytest.fixture
def kit(request, server, tmp_path, plan):
    return Kit(server, tmp_path / "remediation", plan, via=getattr(request, "param", "script"))


@pytest.fixture
def simulated():
    return boxed("insecure")


@pytest.fixture
def case(simulated, monkeypatch, tmp_path, plan):
    """Return what makes a PBX that tells one lie, and somebody with one step for it."""
    monkeypatch.setenv("PBX_ADMIN_USERNAME", "admin")
    monkeypatch.setenv("PBX_ADMIN_PASSWORD", "x")
    opened = []

    def start(lie, kind):
        opened.append(Liar(simulated, lie))
        return Case(opened[-1], tmp_path / f"case-{len(opened)}", plan, kind)

    yield start
    for one in opened:
        one.close()


# Both are the same modules, so that every run tries the script, and the program by `test_command`.
both_ways = pytest.mark.parametrize(
    "kit", ["script", pytest.param("program", marks=pytest.mark.soak)], indirect=True
)
