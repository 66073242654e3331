"""Why something changed: decided by judging the old snapshot again, one thing after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.fleet.history_model import Cause, Known, Standing
from auditor.model.vocabulary import Severity, Status
from auditor.waivers.apply import object_hash
from tests.fixtures.pbx import PBX_PASSWORD
from tests.fleet.nights import (
    ATTESTED,
    ENDS,
    Pbx,
    accepting,
    days,
    of_control,
    of_findings,
    own_rule,
    with_certificate,
)

TEMP = "temp (Temp)"
BASE = "hot-desk-base (Hot Desk Base)"
MORE = ('temporary_users = ["temp"]', 'temporary_users = ["temp", "k.boehm"]')
HIDDEN = ("<user config", '<user hide="true" config')


@pytest.fixture
def pbx(tmp_path):
    return Pbx(tmp_path)


class TestRules:
    def test_a_control_that_joins_a_profile(self, pbx):
        pbx.night()
        pbx.profile = "baseline"
        found = pbx.night()
        assert {one.cause for one in found} == {Cause.RULES}
        assert {one.before for one in found} == {None}

    @pytest.mark.slow
    def test_one_that_asks_for_more_than_was_read(self, pbx):
        pbx.password = PBX_PASSWORD
        pbx.night()
        pbx.profile = "baseline"
        found = pbx.night()
        assert {one.cause for one in found if one.before is None} == {Cause.RULES}

    def test_a_control_that_leaves_a_profile(self, pbx):
        pbx.profile = "baseline"
        pbx.night()
        known = pbx.known
        pbx.profile = "tutorial"
        found = pbx.night()
        assert {one.cause for one in found} == {Cause.RULES}
        assert {one.after for one in found} == {Standing.NOT_ASKED}
        left = {one.control for one in found if not one.key}
        assert left == known.controls.keys() - pbx.known.controls.keys()
        assert {one.key for one in found if one.key} == {
            key for key, one in known.findings.items() if one.control in left
        }

    def test_a_control_that_comes_back(self, pbx):
        pbx.profile = "baseline"
        pbx.night()
        known = pbx.known
        pbx.profile = "tutorial"
        pbx.night()
        pbx.profile = "baseline"
        found = pbx.night()
        assert {one.cause for one in found} == {Cause.RULES}
        assert (pbx.known.controls, pbx.known.findings) == (known.controls, known.findings)

    def test_a_control_of_the_users_own_that_is_edited(self, pbx):
        pbx.rules = {"own.toml": own_rule("XY-01")}
        pbx.night()
        pbx.rules = {"own.toml": own_rule("XY-01", "low", 2)}
        found = pbx.night()
        (one,) = found
        assert (one.control, one.before, one.after) == ("XY-01", Status.FAILED, Status.FAILED)
        assert (one.cause, one.severity) == (Cause.RULES, Severity.LOW)

    def test_a_version_alone_is_no_change(self, pbx):
        pbx.rules = {"own.toml": own_rule("XY-01")}
        pbx.night()
        pbx.rules = {"own.toml": own_rule("XY-01", version=2)}
        assert pbx.night() == ()


class TestSite:
    def test_who_is_meant(self, pbx):
        pbx.night()
        pbx.edit(*MORE)
        found = pbx.night()
        assert "k.boehm (Böhm, Käthe)" in of_findings(found, "HD-10")
        assert {one.cause for one in found} == {Cause.SITE}
        pbx.edit(*reversed(MORE))
        found = pbx.night()
        assert of_findings(found, "HD-10")["k.boehm (Böhm, Käthe)"][1:] == (
            Standing.FIXED,
            Cause.SITE,
        )

    @pytest.mark.parametrize(
        ("text", "after"),
        [
            ("exclude = true", Standing.NOT_ASKED),
            ('severity = "low"', Status.FAILED),
        ],
    )
    def test_choices(self, pbx, text, after):
        pbx.night()
        pbx.site += f'\n[controls.HD-10]\nreason = "so"\n{text}\n'
        found = pbx.night()
        assert of_control(found, "HD-10") == (Status.FAILED, after, Cause.SITE)
        assert {one.cause for one in found} == {Cause.SITE}
        pbx.edit(text, "select = true")
        assert of_control(pbx.night(), "HD-10")[2] is Cause.SITE

    def test_a_selected_control(self, pbx):
        pbx.night()
        pbx.site += '\n[controls.PBX-02]\nreason = "so"\nselect = true\n'
        found = pbx.night()
        assert {(one.control, one.cause) for one in found} == {("PBX-02", Cause.SITE)}

    def test_a_waiver_that_is_written_and_one_that_is_taken_back(self, pbx):
        pbx.night()
        pbx.waivers = accepting(created=pbx.day)
        found = pbx.night()
        assert of_control(found, "HD-10") == (Status.FAILED, Status.WAIVED, Cause.SITE)
        assert of_findings(found, "HD-10") == {TEMP: (Standing.FAILED, Standing.WAIVED, Cause.SITE)}
        pbx.waivers = ""
        found = pbx.night()
        assert of_control(found, "HD-10") == (Status.WAIVED, Status.FAILED, Cause.SITE)

    def test_a_waiver_that_was_edited_so_that_it_ends_sooner(self, pbx):
        pbx.waivers = accepting(expires=9)
        pbx.night(days=3)
        pbx.waivers = accepting(expires=1)
        found = pbx.night()
        assert of_control(found, "HD-10") == (Status.WAIVED, Status.FAILED, Cause.TIME)

    @pytest.mark.parametrize("day", [0, 1])
    def test_an_attestation_that_is_written(self, pbx, day):
        pbx.site = pbx.site.replace('dialect = "simulated"', "")
        pbx.night()
        pbx.site += ATTESTED.format(on=days(day), until=days(90))
        found = pbx.night()
        assert of_control(found, "HD-02")[2] is Cause.SITE
        assert {one.cause for one in found} == {Cause.SITE}

    def test_an_edit_without_effect(self, pbx):
        pbx.night()
        pbx.site = "# another\n" + pbx.site.replace('name = "Simulated', 'name = "The simulated')
        assert pbx.night() == ()


class TestTime:
    def test_a_waiver_that_ended(self, pbx):
        pbx.waivers = accepting(expires=2)
        pbx.night(days=2)
        assert pbx.night() == ()
        found = pbx.night()
        assert of_control(found, "HD-10") == (Status.WAIVED, Status.FAILED, Cause.TIME)
        assert of_findings(found, "HD-10") == {TEMP: (Standing.WAIVED, Standing.FAILED, Cause.TIME)}

    def test_an_attestation_that_ended(self, pbx):
        pbx.edit('dialect = "simulated"', "")
        pbx.site += ATTESTED.format(on=days(0), until=days(1))
        pbx.night(days=2)
        found = pbx.night()
        assert of_control(found, "HD-02")[1:] == (Status.UNKNOWN, Cause.TIME)
        assert {one.cause for one in found} == {Cause.TIME}


class TestCertificate:
    @pytest.fixture
    def night(self, pbx):
        """Return what audits a PBX that shows a certificate, on a day."""
        pbx.profile, pbx.controls = "baseline", ("TLS-01", "TLS-02")
        pbx.night()
        setup, bare = pbx.setup, pbx.snapshot
        pbx.known, pbx.stored = Known(), None

        def audited(number, **more):
            seen = with_certificate(bare)
            (endpoint,) = seen.tls
            shown = replace(endpoint.certificate, **more.pop("shown", {}))
            seen = replace(seen, tls=(replace(endpoint, certificate=shown, **more),))
            return pbx.audited(setup._replace(today=days(number)), seen)

        return audited

    def test_one_that_expired(self, night):
        night(0)
        assert night(1, address="https://other.example") == ()
        found = night(100)
        assert {(one.after, one.cause) for one in found} == {
            (Status.FAILED, Cause.TIME),
            (Standing.FAILED, Cause.TIME),
        }

    def test_one_that_was_replaced(self, night):
        night(0)
        found = night(1, shown={"not_after": ENDS - timedelta(days=300), "fingerprint": "cd"})
        assert found
        assert {one.cause for one in found} == {Cause.PBX}


class TestView:
    @pytest.mark.slow
    def test_a_password_that_is_not_there_any_more(self, pbx):
        pbx.profile, pbx.password = "baseline", PBX_PASSWORD
        pbx.night()
        pbx.password = None
        found = pbx.night()
        assert found
        assert {one.cause for one in found} == {Cause.VIEW}


class TestPbx:
    def test_a_waiver_whose_object_changed(self, pbx):
        pbx.night()
        (one,) = [one for one in pbx.snapshot.objects if one.h323 == "temp"]
        pbx.waivers = accepting(configuration=object_hash(one), created=pbx.day)
        assert of_control(pbx.night(), "HD-10")[1] is Status.WAIVED
        line = pbx.line("(h323=temp)")
        pbx.replace(line, line.replace("(e164=191)", "(e164=192)"))
        found = pbx.night()
        assert of_control(found, "HD-10") == (Status.WAIVED, Status.FAILED, Cause.PBX)


class TestSeveral:
    def test_rules_and_pbx(self, pbx):
        pbx.rules = {"own.toml": own_rule("XY-01")}
        pbx.night()
        pbx.rules = {"own.toml": own_rule("XY-01", "low")}
        pbx.lines(lambda line: "(h323=temp)" not in line)
        (one,) = [one for one in pbx.night() if one.control == "XY-01" and not one.key]
        assert (one.cause, one.also) == (Cause.RULES, (Cause.PBX,))

    def test_rules_and_site(self, pbx):
        pbx.rules = {"own.toml": own_rule("XY-01")}
        pbx.night()
        pbx.rules = {"own.toml": own_rule("XY-01", "low")}
        pbx.site += '\n[controls.XY-01]\nreason = "so"\nseverity = "medium"\n'
        (one,) = [one for one in pbx.night() if one.control == "XY-01" and not one.key]
        assert (one.cause, one.also) == (Cause.RULES, (Cause.SITE,))

    def test_time_and_pbx(self, pbx):
        pbx.waivers = accepting(expires=0)
        pbx.night()
        pbx.lines(lambda line: "(h323=temp)" not in line)
        (one,) = [one for one in pbx.night() if one.control == "HD-10" and not one.key]
        assert (one.before, one.after) == (Status.WAIVED, Status.PASSED)
        assert (one.cause, one.also) == (Cause.TIME, (Cause.PBX,))

    def test_each_for_itself(self, pbx):
        """A site edit and a change of the PBX that concern different controls."""
        pbx.night()
        pbx.edit(*MORE)
        line = pbx.line("(h323=hot-desk-base)")
        pbx.replace(line, line.replace(*HIDDEN))
        found = pbx.night()
        assert {one[2] for one in of_findings(found, "HD-10").values()} == {Cause.SITE}
        assert of_findings(found, "HD-04", BASE)[BASE][2] is Cause.PBX
