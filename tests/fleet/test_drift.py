"""Changes between nights: each has exactly one main cause, and what is no change is none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditor.fleet.drift.judging import judgement_of
from auditor.fleet.history_model import Cause, Standing
from auditor.model.snapshot import (
    FACTORY_CONFIGURATION,
    Setting,
    SourceRecord,
    TlsEndpoint,
)
from auditor.model.vocabulary import Area, Coverage, Grade, Identity, Status
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


def test_what_is_set_right_is_fixed_and_what_is_wrong_again_is_failed(pbx):
    pbx.night()
    line = pbx.line("(h323=hot-desk-base)")
    mended = line.replace("<user ", '<user hide="true" ')
    pbx.replace(line, mended)
    found = pbx.night()
    base = "hot-desk-base (Hot Desk Base)"
    expected = {base: (Standing.FAILED, Standing.FIXED, Cause.PBX)}
    assert of_findings(found, "HD-04", "hot-desk-base") == expected
    assert of_control(found, "HD-04") is None  # the temporary user is left
    pbx.replace(mended, line)
    expected = {base: (Standing.FIXED, Standing.FAILED, Cause.PBX)}
    assert of_findings(pbx.night(), "HD-04", "hot-desk-base") == expected


def test_a_lost_view_fixes_nothing_and_what_comes_back_is_of_the_view(pbx):
    pbx.night()
    before = pbx.known
    whole = pbx.files["cfg.txt"]
    pbx.lines(lambda line: "add-item 101" not in line or "(h323=m" in line)
    found = pbx.night()
    assert {one.cause for one in found} == {Cause.VIEW}
    assert {one.after for one in found} <= {Status.UNKNOWN, Standing.UNDECIDED}
    failed = {key for key, one in before.findings.items() if one.standing is Standing.FAILED}
    assert {pbx.known.findings[key].standing for key in failed} == {Standing.FAILED}
    pbx.files["cfg.txt"] = whole
    found = pbx.night()
    assert {one.cause for one in found} == {Cause.VIEW}
    assert not {one.after for one in found} & {Standing.FIXED, Standing.GONE}
    assert pbx.known.controls == before.controls
    standings = {key: one.standing for key, one in pbx.known.findings.items()}
    assert standings == {key: one.standing for key, one in before.findings.items()}


def test_a_finding_that_is_gone_and_comes_back_is_failed_again(pbx):
    pbx.night()
    whole = pbx.files["cfg.txt"]
    pbx.lines(lambda line: "(h323=temp)" not in line)
    pbx.night()
    pbx.files["cfg.txt"] = whole
    found = pbx.night()
    name = "temp (Temp)"
    assert of_findings(found, "HD-10") == {name: (Standing.FIXED, Standing.FAILED, Cause.PBX)}
    assert of_findings(found, "HD-04") == {name: (Standing.GONE, Standing.FAILED, Cause.PBX)}


def test_a_removed_user_is_not_gone_while_the_list_is_not_whole(pbx):
    pbx.night()
    pbx.lines(lambda line: "(h323=temp)" not in line)
    pbx.files["cfg.txt"] += "what is this\n"
    found = pbx.night()
    assert not {one.after for one in found} & {Standing.GONE, Standing.FIXED, Status.PASSED}
    pbx.replace("what is this\n", "")
    found = pbx.night()
    expected = {"temp (Temp)": (Standing.FAILED, Standing.GONE, Cause.VIEW)}
    assert of_findings(found, "HD-04", "temp (") == expected


def without_password(line):
    return re.sub(' pwd="[^"]*"', "", line)


def test_a_question_about_one_user_keeps_no_finding_of_another_open(pbx):
    pbx.controls = ("PBX-02",)
    users = [pbx.line("h323=a.albrecht"), pbx.line("h323=k.boehm")]
    asked = pbx.line("h323=s.baecker")
    for line in users:
        pbx.replace(line, without_password(line))
    pbx.replace(asked, re.sub(' pwd="[^"]*"', f' pwd="{"0" * 48}"', asked))
    pbx.night()
    (control,) = pbx.judgement.controls
    assert control.status is Status.FAILED
    assert control.doubted
    pbx.replace(without_password(users[0]), users[0])
    found = pbx.night()
    assert of_control(found, "PBX-02") is None
    assert [one[:2] for one in of_findings(found, "PBX-02").values()] == [
        (Standing.FAILED, Standing.FIXED)
    ]


def test_no_finding_is_another_because_of_a_name_or_an_address(pbx):
    """Of every control, with a file that opens with the factory login, and a certificate."""
    pbx.profile = "handover"
    pbx.night()

    def keys(name, address, case):
        sources = (SourceRecord(name, FACTORY_CONFIGURATION, 1, "0"), *pbx.snapshot.sources)
        complete = Setting(("false",), Grade.ATTESTED, "site file")
        objects = tuple(
            one._replace(guid=case(one.guid), cn=one.cn if one.kind else f"{one.cn} {name}")
            for one in pbx.snapshot.objects
        )
        seen = replace(
            pbx.snapshot,
            sources=tuple(replace(one, name=f"{name}/{one.name}") for one in sources),
            settings={**pbx.snapshot.settings, "saved_as_complete": complete},
            tls=(TlsEndpoint(address, "TLSv1.2", "x", Identity.UNPROVEN, None),),
            areas={**pbx.snapshot.areas, Area.TLS: Coverage.COMPLETE},
            objects=objects,
        )
        setup = pbx.setup
        found = judgement_of(audit(seen, setup.site, setup.selection, setup.today), 100)
        return {one.key for seen in found.controls for one in seen.findings}

    expected = keys("a", "https://a.example", str.lower)
    assert len(expected) > 100
    assert keys("b", "https://b.example", str.upper) == expected
