"""What the site file and its dialect have a say in while evidence is read: changes of these."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.fleet.history_model import Cause
from auditor.model.vocabulary import Status
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import PBX_PASSWORD, write
from tests.fleet.nights import OWN_DIALECT, Pbx, of_control


@pytest.fixture
def pbx(tmp_path):
    return Pbx(tmp_path)


class TestDialect:
    @pytest.mark.parametrize("more", ["", "# Only read again\n"])
    def test_one_that_is_lost(self, pbx, more):
        pbx.night()
        pbx.edit('dialect = "simulated"', "")
        pbx.files["cfg.txt"] = more + pbx.files["cfg.txt"]
        found = pbx.night()
        assert of_control(found, "HD-02") == (Status.FAILED, Status.UNKNOWN, Cause.SITE)
        assert {one.cause for one in found} == {Cause.SITE}
        pbx.edit("[target]", '[target]\ndialect = "simulated"')
        assert {one.cause for one in pbx.night()} == {Cause.SITE}

    @pytest.mark.parametrize("more", ["", "# Only read again\n"])
    def test_one_of_the_site_that_is_edited(self, pbx, more):
        pbx.dialect = OWN_DIALECT
        pbx.edit('dialect = "simulated"', 'dialect = "own.toml"')
        pbx.night()
        pbx.dialect = OWN_DIALECT.replace('"sim-regs-without-pwd"', '"not-there"')
        pbx.files["cfg.txt"] = more + pbx.files["cfg.txt"]
        found = pbx.night()
        assert of_control(found, "HD-03") == (Status.FAILED, Status.UNKNOWN, Cause.SITE)
        assert {one.cause for one in found} == {Cause.SITE}
        pbx.dialect = "# read as before\n" + OWN_DIALECT
        assert of_control(pbx.night(), "HD-03") == (Status.UNKNOWN, Status.FAILED, Cause.SITE)

    def test_what_the_pbx_does_beside_it(self, pbx):
        pbx.night()
        pbx.edit('dialect = "simulated"', "")
        pbx.lines(lambda line: "(h323=temp)" not in line)
        found = pbx.night()
        assert of_control(found, "HD-02")[2] is Cause.SITE
        assert of_control(found, "HD-10") == (Status.FAILED, Status.PASSED, Cause.PBX)

    def test_a_comment_in_it_is_no_change(self, pbx):
        pbx.dialect = OWN_DIALECT
        pbx.edit('dialect = "simulated"', 'dialect = "own.toml"')
        pbx.night()
        pbx.dialect = "# another\n" + OWN_DIALECT
        assert pbx.night() == ()


class TestStated:
    """What a site file has a say in while evidence is read."""

    def test_the_number_of_objects(self, tmp_path):
        pbx = Pbx(tmp_path, "hardened")
        pbx.lines(lambda line: "(h323=master)" not in line)
        pbx.night()
        assert not pbx.judgement.has_all_objects
        pbx.edit("[target]", f"[target]\nobjects = {len(pbx.snapshot.objects)}")
        pbx.files["cfg.txt"] = "# Only read again\n" + pbx.files["cfg.txt"]
        found = pbx.night()
        assert pbx.judgement.has_all_objects
        assert of_control(found, "HD-10") == (Status.UNKNOWN, Status.PASSED, Cause.SITE)
        assert {one.cause for one in found} == {Cause.SITE}

    @pytest.mark.slow
    def test_words_that_passwords_are_not_made_of(self, pbx):
        pbx.profile, pbx.password = "baseline", PBX_PASSWORD
        pbx.edit('words = ["Beispiel", "Metallbau", "Köln"]', "words = []")
        pbx.night()
        pbx.edit("words = []", 'words = ["Sommer", "Beispiel", "temp", "Hotdesk", "Base"]')
        pbx.files["cfg.txt"] = "# Only read again\n" + pbx.files["cfg.txt"]
        assert {one.cause for one in pbx.night()} <= {Cause.SITE}


@pytest.mark.parametrize(("tool", "cause"), [("9.9.9", Cause.RULES), ("", Cause.VIEW)])
def test_the_same_documents_that_are_read_otherwise_are_not_the_pbx(pbx, tool, cause):
    pbx.dialect = OWN_DIALECT
    pbx.edit('dialect = "simulated"', 'dialect = "own.toml"')
    pbx.site += '[credentials]\nusername_env = "USER_OF_PBX"\n'
    pbx.night()
    pbx.versions = {"tool": tool} if tool else {}
    fewer = tuple(one for one in pbx.snapshot.objects if one.h323 != "temp")
    found = pbx.audited(pbx.setup, replace(pbx.snapshot, objects=fewer))
    assert of_control(found, "HD-10") == (Status.FAILED, Status.PASSED, cause)
    assert {one.cause for one in found} == {cause}


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("UPDATE/CHECK p 1\r", "UPDATE/CHECK p 2\r", Cause.RULES),
        ("(type=call)(info=n", "(type=call)(info=other", Cause.RULES),
        ("vars create TLS0/TICKET", "vars create LEASE/0", Cause.PBX),
        ("config change UP1 /url", "config change UP1 /x 1 /url", Cause.PBX),
    ],
)
def test_what_changes_by_itself_makes_no_change_one_of_the_pbx(pbx, tmp_path, old, new, cause):
    """The same PBX is read otherwise by another version, and noise is all that differs beside."""
    pbx.night()
    pbx.versions = {"tool": "9.9.9"}
    assert old in pbx.files["cfg.txt"]
    other = write(tmp_path / "other", {"cfg.txt": pbx.files["cfg.txt"].replace(old, new)})
    sources = read_files(other, pbx.setup.site, None).sources
    fewer = tuple(one for one in pbx.snapshot.objects if one.h323 != "temp")
    found = pbx.audited(pbx.setup, replace(pbx.snapshot, objects=fewer, sources=sources))
    assert of_control(found, "HD-10") == (Status.FAILED, Status.PASSED, cause)
