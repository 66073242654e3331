"""The run session: injected clock, ids and limits, and nothing kept of a target that is done."""

from __future__ import annotations

import gc
import socket
import sys
from datetime import UTC, datetime

import pytest

from auditor.errors import ExitCode, InputError, SourceError
from auditor.model.decision import Thresholds
from auditor.model.vocabulary import Severity
from auditor.report.compare import baseline_of
from auditor.report.formats import json
from auditor.run.clock import Clock
from auditor.run.document_places import readable_documents, with_shown_objects
from auditor.run.outputs import FORMATS, write_audited
from auditor.run.reader import Reader, open_reader
from auditor.run.session import Expectations, Session
from auditor.run.setup import Choice, prepare
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.options import DEFAULTS
from tests.fixtures.pbx import PBX_PASSWORD, TODAY, configuration_of, simulated, write

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIXED = Clock(lambda: NOON, lambda: 0.0)


def session_of(config="hardened", *, site=True, expectations=None, **choice):
    path = simulated(config).site if site else None
    setup = prepare(path, Choice(**choice), today=TODAY)
    reader = Reader(setup.site, Credentials(pbx_password=PBX_PASSWORD))
    return Session(setup, reader, expectations or Expectations(), FIXED, lambda: "run-1")


@pytest.fixture
def cfg(tmp_path):
    def write(config="hardened"):
        path = tmp_path / f"{config}.txt"
        path.write_bytes(configuration_of(config))
        return str(path)

    return write


def test_clock_and_id_are_those_that_were_given(cfg):
    run = session_of().audit(cfg()).report.run
    assert (run.id, run.started) == ("run-1", "2026-11-22T12:00:00+00:00")


@pytest.mark.parametrize("profile", ["tutorial", "baseline"])
def test_the_same_evidence_gives_the_same_bytes(cfg, profile):
    session = session_of("insecure", profile=profile)
    assert json.render(session.audit(cfg("insecure")).report) == json.render(
        session.audit(cfg("insecure")).report
    )


@pytest.mark.parametrize("config", ["hardened", "insecure"])
def test_without_the_objects_that_nothing_shows_the_rest_is_the_same(cfg, config):
    target = cfg(config)
    whole = session_of(config).audit(target)
    shown = with_shown_objects(whole)
    assert 0 < len(shown.outcome.snapshot.objects) < len(whole.outcome.snapshot.objects)
    assert shown.report is whole.report
    assert shown.outcome.results == whole.outcome.results
    documents = [
        readable_documents(target, one.outcome.snapshot, one.report) for one in (whole, shown)
    ]
    assert documents[0] == documents[1]


def test_a_session_tells_nothing_of_one_target_to_the_next(cfg):
    session = session_of()
    alone = json.render(session.audit(cfg("insecure")).report)
    session.audit(cfg())
    assert json.render(session.audit(cfg("insecure")).report) == alone


@pytest.mark.parametrize(
    ("config", "code"), [("hardened", ExitCode.OK), ("insecure", ExitCode.FINDINGS)]
)
def test_the_gate_decides_the_code(cfg, config, code):
    assert session_of(config).audit(cfg(config)).code is code


def test_thresholds_are_part_of_the_setup(cfg):
    low = session_of("insecure", thresholds=Thresholds(Severity.CRITICAL))
    names = {one.id for one in low.audit(cfg("insecure")).report.results if one.status == "failed"}
    assert "HD-01" in names
    assert low.audit(cfg("insecure")).report.run.fail_on == "critical"


def test_what_the_baseline_knows_fails_nobody(cfg):
    first = session_of("insecure").audit(cfg("insecure"))
    known = Expectations(baseline_of(first.report), fail_on_new=True)
    again = session_of("insecure", expectations=known).audit(cfg("insecure"))
    assert first.code is ExitCode.FINDINGS
    assert again.code is ExitCode.OK
    assert again.comparison is not None


def test_a_comparison_alone_does_not_change_the_code(cfg):
    first = session_of("insecure").audit(cfg("insecure"))
    known = Expectations(baseline_of(first.report))
    assert session_of("insecure", expectations=known).audit(cfg("insecure")).code is first.code


@pytest.mark.parametrize("target", ["", "no-such-file", "ftp://pbx", "\0", "x" * 5000])
def test_what_cannot_be_a_target_is_refused_before_anything_is_read(target):
    setup = prepare(None, Choice(), today=TODAY)
    with pytest.raises(InputError):
        open_reader(setup.site, [target])
    with pytest.raises(InputError):
        session_of().audit(target)


def test_evidence_that_is_none_is_an_error(tmp_path):
    (tmp_path / "x.txt").write_text("Hello")
    with pytest.raises(SourceError):
        session_of().audit(str(tmp_path / "x.txt"))


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def logged_in(session, pbx):
    viewer = next(one for one in pbx.accounts if one.role == "viewer")
    login = Credentials(viewer.username, viewer.password, PBX_PASSWORD)
    return session._replace(reader=session.reader._replace(credentials=login))


def test_a_pbx_that_cannot_be_reached_is_no_pbx_that_is_fine(closed_port, tmp_path):
    limits = DEFAULTS._replace(timeout=1, deadline=1)
    session = logged_in(session_of(), simulated()).with_limits(limits)
    audited = session.audit(f"http://127.0.0.1:{closed_port}")
    assert audited.code is ExitCode.UNREACHABLE
    assert audited.failure is not None
    assert not [one for one in audited.report.results if one.status == "passed"]
    kept = {"plan.json", "rollback.py", "remediation.state", "plan-0123456789ab.json"}
    folder = write(
        tmp_path / "remediation", dict.fromkeys({"runbook.md", "runbook.html", *kept}, "x")
    )
    written = list(write_audited(tmp_path, session, audited, ("json", "remediation")))
    assert [path.name for path in written] == ["report.json"]
    assert {path.name for path in folder.iterdir()} == kept


def test_live_and_saved_are_judged_by_the_same_session(cfg):
    session = session_of("insecure")
    with SimulatorServer(simulated("insecure")) as server:
        seen = logged_in(session, server.pbx).audit(server.url)
    saved = session.audit(cfg("insecure"))
    assert seen.code is saved.code
    judged = {one.id: one.status for one in seen.report.results if not one.id.startswith("TLS")}
    assert judged == {
        one.id: one.status for one in saved.report.results if not one.id.startswith("TLS")
    }


def test_every_format_is_written_of_one_audit(cfg, tmp_path):
    session = session_of("insecure")
    audited = session.audit(cfg("insecure"))
    formats = [name for name in FORMATS if name != "pdf"]
    written = [path.name for path in write_audited(tmp_path / "out", session, audited, formats)]
    assert {"report.json", "report.html", "plan.json", "remediate.py"} <= set(written)
    assert all((tmp_path / "out").rglob(name) for name in written)


def targets_in(folder, count):
    """Write configurations of systems that differ in every name and password."""
    for seed in range(count):
        path = folder / f"{seed}.txt"
        path.write_bytes(responses.configuration(SimulatedPbx.create("insecure", seed=seed), 1))
        yield str(path)


def test_three_hundred_targets_in_one_process_hold_its_memory(tmp_path):
    """Blocks that are in use after the 300th target are about those after the 60th."""
    session, marks = session_of("insecure", site=False), []
    for at, target in enumerate(targets_in(tmp_path, 300), 1):
        json.render(session.audit(target).report)
        if at in {60, 300}:
            gc.collect()
            marks.append(sys.getallocatedblocks())
    early, late = marks
    assert late - early < early * 0.02
