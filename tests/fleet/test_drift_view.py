"""A PBX that changes in a night that also sees less, or more: the change is told as one of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.fleet.history_model import Cause, Standing
from auditor.model.snapshot import TEMPLATE_KIND, Setting
from auditor.model.vocabulary import Grade, Status
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import PBX_PASSWORD
from tests.fleet import nights
from tests.fleet.nights import Pbx, of_control, of_findings

# What nobody understands could belong to anything, so nothing is whole.
UNKNOWN = "what is this\n"


@pytest.fixture
def pbx(tmp_path):
    return Pbx(tmp_path)


def trust(pbx):
    """Let a phone of a hot-desk user through that was in order."""
    line = pbx.line("(h323=a.celik)")
    pbx.replace(line, line.replace('hw="a.celik"', 'hw="a.celik" trusted="true"'))


def test_a_violation_in_a_night_that_sees_less_is_of_the_pbx(pbx):
    pbx.night()
    pbx.files["cfg.txt"] += UNKNOWN
    trust(pbx)
    found = pbx.night()
    (told,) = of_findings(found, "HD-16", "celik").values()
    assert told == (None, Standing.FAILED, Cause.PBX)
    assert {one.cause for one in found if one.control != "HD-16"} <= {Cause.VIEW}


def test_a_violation_in_a_night_that_sees_more_is_of_the_pbx_if_it_was_seen_before(pbx):
    pbx.files["cfg.txt"] += UNKNOWN
    pbx.night()
    pbx.replace(UNKNOWN, "")
    trust(pbx)
    (told,) = of_findings(pbx.night(), "HD-16", "celik").values()
    assert told == (None, Standing.FAILED, Cause.PBX)


def test_what_is_mended_in_a_night_that_sees_less_is_of_the_pbx(pbx):
    pbx.night()
    line = pbx.line("(h323=hot-desk-base)")
    pbx.replace(
        line,
        line.replace('hw="hot-desk-base"', 'hw="other"').replace("<user ", '<user hide="true" '),
    )
    pbx.files["cfg.txt"] += UNKNOWN
    told = of_findings(pbx.night(), "HD-04", "hot-desk-base")
    assert {cause for *_, cause in told.values()} <= {Cause.PBX}


def test_what_only_can_be_seen_now_is_of_the_view(pbx):
    line = pbx.line("(h323=j.koenig)")
    pbx.replace(line, line[: len(line) // 3])
    pbx.night()
    pbx.replace(line[: len(line) // 3], line)
    (told,) = of_findings(pbx.night(), "HD-16", "j.koenig").values()
    assert told == (None, Standing.FAILED, Cause.VIEW)


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_password_that_is_gone_is_seen_without_the_pbx_password(tmp_path, is_gone):
    pbx = Pbx(tmp_path, "hardened")
    pbx.password = PBX_PASSWORD
    pbx.night()
    pbx.password = None
    if is_gone:
        line = pbx.line("(h323=hot-desk-base)")
        before, _, rest = line.partition(' pwd="')
        pbx.replace(line, before + rest[rest.index('"') + 1 :])
    found = pbx.night()
    if is_gone:
        assert of_control(found, "HD-01") == (Status.PASSED, Status.FAILED, Cause.PBX)
        assert {cause for *_, cause in of_findings(found, "HD-01").values()} == {Cause.PBX}
    else:
        assert of_control(found, "HD-01") == (Status.PASSED, Status.UNKNOWN, Cause.VIEW)


def test_what_the_pbx_says_over_websocket_comes_and_goes_with_the_view(pbx, monkeypatch):
    """What templates inherit from is a matter of the view where the PBX says it one night alone."""
    pbx.edit('dialect = "simulated"', "")
    pbx.night()
    parents = {
        one.cn: Setting(("Config User",), Grade.DOCUMENTED, "/PBX0/APPS/websocket")
        for one in pbx.snapshot.objects
        if one.kind == TEMPLATE_KIND and one.cn != "Config User"
    }

    def told(*given):
        return replace(read_files(*given), listed_parents=parents)

    with monkeypatch.context() as patched:
        patched.setattr(nights, "read_files", told)
        pbx.files["cfg.txt"] = f"# Read again\n{pbx.files['cfg.txt']}"
        found = pbx.night()
        assert of_control(found, "HD-08") == (Status.UNKNOWN, Status.FAILED, Cause.VIEW)
    pbx.files["cfg.txt"] = f"# Read again\n{pbx.files['cfg.txt']}"
    assert of_control(pbx.night(), "HD-08") == (Status.FAILED, Status.UNKNOWN, Cause.VIEW)
