"""Nights of a live PBX: its address differs each time, and an account sees more or less of it."""

from __future__ import annotations

import pytest

from auditor.fleet.drift.content import content_digest
from auditor.fleet.drift.identity import AcceptedBox, Inventoried, identify
from auditor.fleet.drift.usable_evidence import why_less
from auditor.fleet.history_model import Cause, Standing
from auditor.model.vocabulary import Status
from auditor.run.setup import Choice, prepare
from auditor.run.target import read_target
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from tests.fixtures.pbx import simulated
from tests.fleet.nights import Pbx

ALL = frozenset({"cfg", "soap", "admin", "show", "download"})


class LivePbx(Pbx):
    """A PBX that is read by an account, from another port each night."""

    def read(self, refused=frozenset()):
        self.number += 1
        _, site, _ = self.write()
        self.setup = prepare(site, Choice("baseline"), today=self.day)
        with SimulatorServer(simulated("insecure"), viewer_refuse=refused) as server:
            account = next(one for one in server.pbx.accounts if one.role == "viewer")
            credentials = Credentials(account.username, account.password)
            return read_target(server.url, self.setup.site, credentials)

    def night_of(self, seen):
        return self.audited(self.setup, seen)


@pytest.fixture
def pbx(tmp_path):
    return LivePbx(tmp_path)


def test_another_address_is_no_change(pbx):
    first, second = pbx.read(), pbx.read()
    assert content_digest(first) == content_digest(second)
    pbx.night_of(first)
    assert pbx.night_of(second) == ()


@pytest.mark.slow
@pytest.mark.parametrize("refused", [frozenset({"cfg"}), ALL])
def test_a_closed_area_is_a_lost_view_that_fixes_nothing(pbx, refused):
    pbx.night_of(pbx.read())
    known = pbx.known
    seen = pbx.read(refused)
    about = Inventoried("a", ("a",), {})
    assert not why_less(known, seen, lambda: None)
    assert isinstance(identify(known, seen, about), AcceptedBox)
    found = pbx.night_of(seen)
    assert {one.cause for one in found} == {Cause.VIEW}
    assert {one.after for one in found} <= {Status.UNKNOWN, Standing.UNDECIDED}
    found = pbx.night_of(pbx.read())
    assert {one.cause for one in found} == {Cause.VIEW}
    assert (pbx.known.controls, pbx.known.findings) == (known.controls, known.findings)
