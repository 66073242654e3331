"""What entries of dialects show: of a file of the site beside bundled ones, and of each train."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from auditor.dialects import SettingPlace, dialect_names, load_dialect
from auditor.errors import RuleDocumentError
from auditor.messages.languages import translated
from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.model.snapshot import Setting
from auditor.model.vocabulary import Coverage, Grade
from auditor.report.translation import german
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit, select
from auditor.run.engine import AssessmentTerms
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.firmware_train import with_looks
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.pbx import TODAY, judge, text, write

HEAD = 'name = "{name}"\ndescription = "y"\nextends = "documented"\n'
SERVER = '[settings.time_server]\nplace = "option"\nmodule = "X0"\noption = "server"\n'
SNMP = '[settings.snmp_enabled]\nplace = "option"\nmodule = "SNMP0"\noption = "enable"\n'
LEARNED = 'grade = "learned"\n'
ON_13R3 = 'firmware = "13r3"\nlearned_on = 2026-11-01\nlearned_by = "A. Muster"\n'


def dialect_of(folder, *parts, name="ours"):
    path = folder / "site-dialect.toml"
    path.write_text(HEAD.format(name=name) + "".join(parts), encoding="utf-8")
    return path


def framed(head, lines):
    """Return lines as a whole configuration has them: its first line, its names and its end."""
    return ("vars check 00", head, "# IP411-00-00-01", *lines, "vars create UPDATE/CHECK p 1")


def snapshot_of(folder, *lines, train="13r3", dialect="documented"):
    head = f"# {train} final IP411[13.5202], Bootcode[1], HW[3]"
    path = write(folder / "evidence", {"cfg.txt": text(*framed(head, lines))}) / "cfg.txt"
    return read_files(path, Site.model_validate({"target": {"dialect": str(dialect)}}), None)


class TestGrades:
    @pytest.mark.parametrize(
        ("claimed", "counts"),
        [
            ("documented", Grade.LEARNED),
            ("seen", Grade.LEARNED),
            ("learned", Grade.LEARNED),
            ("inferred", Grade.INFERRED),
        ],
    )
    def test_a_file_is_worth_what_was_learned_at_most(self, tmp_path, claimed, counts):
        grade = f'grade = "{claimed}"\n'
        path = dialect_of(
            tmp_path,
            f'{SERVER}seen_in = "the manual"\n{grade}',
            f'[filter_rows]\nrow = "r"\nnumber = "n"\nnext = "t"\n{grade}',
            f'[template_parents]\nelement = "p"\nattribute = "a"\n{grade}',
            f'[attributes]\ntls = "{claimed}"\nfresh = "{claimed}"\n',
        )
        dialect = load_dialect(str(path))
        assert dialect.settings["time_server"].grade is counts
        assert "manual" not in dialect.settings["time_server"].words
        assert dialect.filter_rows.grade is counts
        assert dialect.template_parents.grade is counts
        assert dialect.attributes["tls"] is counts
        assert dialect.attributes["fresh"] is counts
        snapshot = snapshot_of(tmp_path, "config change X0 /server a", dialect=path)
        assert snapshot.settings["time_server"].grade is counts

    @pytest.mark.parametrize("claimed", ["simulated", "attested", "derived"])
    @pytest.mark.parametrize(
        "table",
        [
            SERVER + "{grade}",
            '[filter_rows]\nrow = "r"\nnumber = "n"\nnext = "t"\n{grade}',
            '[template_parents]\nelement = "p"\nattribute = "a"\n{grade}',
            "[attributes]\ntls = {value}\n",
        ],
    )
    def test_what_is_no_grade_of_a_name_is_refused(self, tmp_path, table, claimed):
        value = f'"{claimed}"'
        path = dialect_of(tmp_path, table.format(grade=f"grade = {value}\n", value=value))
        with pytest.raises(RuleDocumentError, match=claimed):
            load_dialect(str(path))

    def test_what_is_documented_of_an_attribute_stays(self, tmp_path):
        path = dialect_of(tmp_path, '[attributes]\ncn = "inferred"\nhide = "learned"\n')
        attributes = load_dialect(str(path)).attributes
        assert attributes["cn"] is attributes["hide"] is Grade.DOCUMENTED

    @pytest.mark.parametrize("name", dialect_names())
    def test_a_bundled_name_that_was_seen_says_where(self, name):
        for place in load_dialect(name).settings.values():
            assert (place.grade is Grade.SEEN) == bool(place.seen_in)
            assert place.seen_in in place.words

    @pytest.mark.parametrize("name", dialect_names())
    def test_a_reader_of_german_is_told_in_german_where_a_bundled_name_is_known_from(self, name):
        for place in load_dialect(name).settings.values():
            for source in (place.seen_in, place.absent_source):
                told = translated(place.words_if_absent, "de")
                assert not source or (german(source) in told and source not in told)

    def test_what_a_site_says_of_its_own_stays_as_it_was_written(self):
        own = SettingPlace(
            place="option", module="A", option="b", grade=Grade.SEEN, seen_in="our {lab}"
        )
        assert "our {lab}" in translated(own.words, "de")

    @pytest.mark.parametrize(("profile", "status"), [("strict", "unknown"), ("baseline", "passed")])
    def test_what_was_only_seen_is_enough_unless_the_profile_is_strict(
        self, tmp_path, profile, status
    ):
        snapshot = snapshot_of(tmp_path, "config change NTP0 /addr pool.ntp.org")
        assert snapshot.settings["time_server"].grade is Grade.SEEN
        assert refusing(snapshot, profile)["LOG-04"] == status


def refusing(snapshot, profile):
    """Return the status of each control, with the grades that a profile refuses."""
    catalogue, site = load_catalogue(), Site()
    terms = AssessmentTerms(refused_grades=catalogue.profile(profile).refused_grades)
    rules = select(catalogue, site, profile, ("LOG-04",))
    outcome = audit(snapshot, site, Selection(rules, Thresholds(), terms=terms), TODAY)
    return {result.rule.id: result.status.value for result in outcome.results}


class TestWhatIsReplaced:
    """A file has another entry for a fact than the bundled dialect."""

    def test_it_is_shown(self, tmp_path):
        path = dialect_of(tmp_path, SERVER, LEARNED)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        file = snapshot_of(tmp_path, "config change CMD0", dialect=path).dialect_file
        assert (file.path, file.sha256, file.replaced) == (str(path), digest, ("time_server",))

    def test_the_same_place_learned_replaces_nothing(self, tmp_path):
        place = load_dialect("documented").settings["snmp_community"]
        assert not place.differs_from(place.model_copy(update={"grade": Grade.LEARNED}))
        entry = '[settings.snmp_community]\nplace = "option"\nmodule = "SNMP0"\n'
        path = dialect_of(tmp_path, entry, 'option = "community"\n', LEARNED, ON_13R3)
        snapshot = snapshot_of(tmp_path, "config change SNMP0 /community x", dialect=path)
        assert snapshot.dialect_file.replaced == ()
        assert snapshot.settings["snmp_community"].grade is Grade.LEARNED

    @pytest.mark.parametrize(
        ("lines", "values"),
        [
            (["config change X0 /server a", "config change NTP0 /addr b"], None),
            (["config change NTP0 /addr b", "config change X0 /server a"], None),
            (["config change X0 /server a", "config change NTP0 /addr a"], ("a",)),
            (["config change X0 /server a"], ("a",)),
            (["config change NTP0 /addr b"], ("b",)),
            (["config change X0 /server a", "config change NTP0 /interval 60"], ("a",)),
            (["config change X0"], None),
        ],
    )
    def test_both_are_read_and_never_the_last_one_wins(self, tmp_path, lines, values):
        snapshot = snapshot_of(tmp_path, *lines, dialect=dialect_of(tmp_path, SERVER, LEARNED))
        found = snapshot.settings.get("time_server")
        assert (found.values if found else None) == values
        status = "passed" if values else "unknown"
        assert judge(snapshot, Site(), ("LOG-04",)).results[0].status.value == status

    def test_a_default_contradicts_no_stored_value(self, tmp_path):
        lines = ("config change X0 /snmp 1", "config change SNMP0")
        path = dialect_of(
            tmp_path,
            '[settings.snmp_enabled]\nplace = "option"\nmodule = "X0"\noption = "snmp"\n',
            LEARNED,
        )
        assert snapshot_of(tmp_path, *lines, dialect=path).settings["snmp_enabled"].values == (
            "true",
        )

    def test_a_replaced_default_says_nothing_where_the_own_entry_is_silent(self, tmp_path):
        entry = '[settings.snmp_enabled]\nplace = "option"\nmodule = "X0"\noption = "snmp"\n'
        path = dialect_of(tmp_path, entry, LEARNED)
        snapshot = snapshot_of(tmp_path, "config change SNMP0", dialect=path)
        assert "snmp_enabled" not in snapshot.settings
        assert snapshot.gaps_in("snmp_enabled")
        other_train = dialect_of(tmp_path, entry, LEARNED, ON_13R3)
        lines = ("config change SNMP0",)
        fallen_back = snapshot_of(tmp_path, *lines, train="14r1", dialect=other_train)
        assert fallen_back.settings["snmp_enabled"].values == ("false",)

    def test_another_meaning_of_what_is_missing_is_a_contradiction(self, tmp_path):
        path = dialect_of(tmp_path, SNMP, 'absent = "true"\nabsent_source = "seen"\n', LEARNED)
        snapshot = snapshot_of(tmp_path, "config change SNMP0 /enablev1", dialect=path)
        assert "snmp_enabled" not in snapshot.settings
        assert snapshot.gaps_in("snmp_enabled")
        assert judge(snapshot, Site(), ("SVC-05",)).results[0].status.value == "unknown"

    def test_where_an_entry_does_not_fit_the_train_the_other_one_counts(self, tmp_path):
        path = dialect_of(tmp_path, SERVER, LEARNED, ON_13R3)
        lines = ("config change X0 /server a", "config change NTP0 /addr b")
        snapshot = snapshot_of(tmp_path, *lines, train="14r1", dialect=path)
        assert snapshot.settings["time_server"].values == ("b",)
        assert not snapshot.gaps_in("time_server")


class TestTrains:
    SINCE = SettingPlace(
        place="option", module="A", option="b", grade=Grade.SEEN, since="13r2", seen_in="x"
    )

    @pytest.mark.parametrize(
        ("trains", "fits"),
        [
            ({"13r2"}, True),
            ({"13r3", "16r1"}, True),
            ({"13r1"}, False),
            ({"12r2", "13r3"}, False),
            ({"9.00"}, False),
            ({"nightly"}, False),
            (set(), False),
        ],
    )
    def test_an_entry_counts_from_its_train_on(self, trains, fits):
        assert self.SINCE.fits(trains) is fits

    def test_a_train_that_is_none_is_refused(self, tmp_path):
        path = dialect_of(tmp_path, SERVER, LEARNED, 'since = "soon"\n')
        with pytest.raises(RuleDocumentError, match="since"):
            load_dialect(str(path))


class TestLooksAndLines:
    """What a look at a port shows, beside what the configuration says."""

    @pytest.mark.parametrize(
        ("line", "look", "status"),
        [
            (None, "closed", "passed"),
            (None, "open", "failed"),
            ("open", "closed", "failed"),
            ("open", "open", "failed"),
            ("open", None, "failed"),
        ],
    )
    def test_neither_hides_the_other(self, tmp_path, line, look, status):
        lines = ["config change TELNET0 /port 2323"] if line else ["config change CMD0"]
        snapshot = snapshot_of(tmp_path, *lines)
        looks = {"telnet_port": Setting((look,), Grade.DOCUMENTED, "x:23")} if look else {}
        settings = with_looks(snapshot.settings, looks)
        areas = {**snapshot.areas, **dict.fromkeys(settings, Coverage.COMPLETE)}
        seen = replace(snapshot, settings=settings, areas=areas)
        assert judge(seen, Site(), ("ADM-10",)).results[0].status.value == status


def test_a_saved_snapshot_says_what_it_was_read_with(tmp_path):
    path = dialect_of(tmp_path, SERVER, LEARNED, ON_13R3, name="Our dialect")
    snapshot = snapshot_of(tmp_path, "config change X0 /server a", dialect=path)
    saved = tmp_path / "snapshot.json"
    saved.write_bytes(b"".join(dump_snapshot(snapshot)))
    path.unlink()
    loaded = read_files(saved, Site(), None)
    assert loaded == snapshot
    assert loaded.dialect == "Our dialect"
    assert loaded.settings["time_server"].option == ("X0", "server")


def test_a_dialect_of_the_site_is_one_as_long_as_its_file_says_the_same(tmp_path):
    path = tmp_path / "own.toml"
    text = 'name = "own"\nextends = "documented"\ndescription = "of one site"\n'
    path.write_text(text, encoding="utf-8")
    first = load_dialect(str(path))
    path.write_text(text, encoding="utf-8")
    assert load_dialect(str(path)) is first
    path.write_text(text.replace("one site", "two sites"), encoding="utf-8")
    assert load_dialect(str(path)).description == "of two sites"
