"""Where the reports of a run go, what may fail without the rest, and when a run stops."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auditor.errors import ExitCode, InputError, OutputError
from auditor.messages.message import say
from auditor.run.clock import Clock
from auditor.run.earlier import AuditedSystems
from auditor.run.publishing import Audience, Publisher, WantedOutputs
from auditor.run.reader import Reader
from auditor.run.session import Expectations, Session
from auditor.run.setup import Choice, prepare
from auditor.site.credentials import Credentials
from tests.fixtures.pbx import PBX_PASSWORD, TODAY, configuration_of, simulated

FIXED = Clock(lambda: datetime(2026, 11, 22, 12, tzinfo=UTC), lambda: 0.0)


class Heard:
    """An audience that notes what it is told; what it is shown may fail."""

    def __init__(self, *, broken=False):
        self.errors, self.files, self.first, self.second = [], [], [], []
        self.broken = broken

    @property
    def audience(self):
        return Audience(self.errors.append, self.files.append, (self._show, self._show_more))

    def _show(self, target, audited):
        if self.broken:
            raise OutputError(say("the terminal is gone"))
        self.first.append((target, audited.report.run.id))

    def _show_more(self, target, _):
        self.second.append(target)


@pytest.fixture
def targets(tmp_path):
    for config in ("hardened", "insecure"):
        (tmp_path / f"{config}.txt").write_bytes(configuration_of(config))
    return [str(tmp_path / f"{config}.txt") for config in ("hardened", "insecure")]


@pytest.fixture
def session():
    setup = prepare(simulated("hardened").site, Choice(), today=TODAY)
    reader = Reader(setup.site, Credentials(pbx_password=PBX_PASSWORD))
    return Session(setup, reader, Expectations(), FIXED, lambda: "run-1")


def published(session, targets, heard, **wanted):
    outputs = WantedOutputs(**{"out": None, "formats": ("json",), **wanted})
    return Publisher(session, outputs, heard.audience).audit(targets, AuditedSystems())


def test_one_target_has_the_folder_itself_and_several_have_one_each(session, targets, tmp_path):
    heard = Heard()
    published(session, targets[:1], heard, out=tmp_path / "one")
    assert heard.files == [tmp_path / "one" / "report.json"]
    heard = Heard()
    published(session, targets, heard, out=tmp_path / "all")
    folders = {path.parent.parent for path in heard.files}
    assert folders == {tmp_path / "all"}
    assert len({path.parent for path in heard.files}) == 2


def test_a_run_that_is_kept_has_a_folder_that_latest_leads_to(session, targets, tmp_path):
    heard = Heard()
    published(session, targets[:1], heard, out=tmp_path / "out", keeps_runs=True)
    (path,) = heard.files
    assert path.parent.parent == tmp_path / "out"
    assert (tmp_path / "out" / "latest" / "report.json").samefile(path)


def test_without_a_folder_it_is_shown_and_nothing_written(session, targets):
    heard = Heard()
    published(session, targets, heard)
    assert heard.first == [(target, "run-1") for target in targets]
    assert heard.second == targets
    assert heard.files == []


def test_what_cannot_be_shown_is_told_and_the_rest_goes_on(session, targets, tmp_path):
    heard = Heard(broken=True)
    code = published(session, targets[:1], heard, out=tmp_path / "out")
    assert code is OutputError.exit_code
    assert [type(error) for error in heard.errors] == [OutputError]
    assert heard.files
    assert heard.second == targets[:1]


def test_a_target_that_cannot_be_one_is_told_and_the_next_is_audited(session, targets, tmp_path):
    heard = Heard()
    empty = tmp_path / "empty.txt"
    empty.write_text("nothing of a PBX", encoding="utf-8")
    code = published(session, [str(empty), targets[1]], heard)
    assert heard.errors
    assert heard.first == [(targets[1], "run-1")]
    assert code is not ExitCode.OK


@pytest.mark.parametrize("stop", [ExitCode.INTERRUPTED, ExitCode.TERMINATED])
def test_a_run_that_is_stopped_goes_on_with_no_other_target(stop, session, targets, monkeypatch):
    whole = session.audit(targets[0])
    decision = whole.outcome.decision._replace(code=stop)
    stopped = whole._replace(outcome=whole.outcome._replace(decision=decision))
    asked = []

    def audit(_, target):
        asked.append(target)
        return stopped

    monkeypatch.setattr(Session, "audit", audit)
    assert published(session, targets, Heard()) is stop
    assert asked == targets[:1]


def test_an_input_that_is_refused_stops_no_run(session, targets, monkeypatch):
    def refused(_, target):
        raise InputError(say("no target"), where=target)

    monkeypatch.setattr(Session, "audit", refused)
    heard = Heard()
    assert published(session, targets, heard) is InputError.exit_code
    assert len(heard.errors) == len(targets)
