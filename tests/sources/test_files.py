"""Saved evidence: recognised by content, merged without loss, refused with a reason."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from auditor.errors import SourceError, StandardConfigurationError
from auditor.facts import REGISTRATIONS_WITHOUT_PASSWORD
from auditor.model.site import Site
from auditor.model.snapshot import FACTORY_CONFIGURATION
from auditor.model.vocabulary import Area, Coverage, EvidenceMode, PasswordState
from auditor.pbx import crypt
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    END,
    EVIDENCE,
    PBX_PASSWORD,
    configuration_of,
    export_of,
    facts,
    item,
    judge_file,
    list_page_of,
    row,
    simulated,
    site_of,
    statuses,
    table,
    text,
    write,
)
from tests.fixtures.sentences import says, sentence

BASE = item('<user hide="true" filter="a" pwd="%s"/>' % ("ab" * 24), cn="B", h323="b", guid="0b")
BASE_NAME = "B"
OTHER = item("<user/>", cn="Only in the standard configuration", h323="x", guid="0c")
FACTORY = text(
    "# 13r3 service-release-05 IP411[13.5205], Bootcode[135205], HW[204] 65536/131072",
    "vars create CMD0/AUTH pc " + crypt.encrypt(crypt.factory_key("IP411"), "admin,IP411").hex(),
    OTHER,
)
ADMIN = item('<filter name="a"/>', '<user pwd="cd" key="ef"/>', cn="_ADMIN_", h323="pbx-admin")


def read(folder, files, pbx_password=None, site=None):
    return read_files(write(folder / "evidence", files), site or Site(), pbx_password)


def reasons(snapshot, area=Area.OBJECTS):
    return [gap.reason for gap in snapshot.gaps_in(area)]


def contradictions(snapshot):
    return [reason for reason in reasons(snapshot) if "differently" in reason]


class TestRecognition:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("wrapped-items.txt", "configuration"),
            ("expert-script.txt", "configuration"),
            ("import.xml", "object-export"),
            ("table-users.json", "table-users"),
        ],
    )
    @pytest.mark.parametrize("shown", ["a.txt", "a.xml", "a.json", "noextension"])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_by_content_whatever_it_is_called(self, tmp_path, name, kind, shown, mark):
        content = mark + (EVIDENCE / name).read_bytes()
        (tmp_path / shown).write_bytes(content)
        snapshot = read_files(tmp_path / shown, Site(), None)
        (record,) = snapshot.sources
        assert (record.name, record.kind, record.size) == (shown, kind, len(content))
        assert record.sha256 == hashlib.sha256(content).hexdigest()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xef\xbb\xbf",
            b"\n" * 10_000,
            b"{}",
            b'{"a": 1}',
            b"[1]",
            b"<html/>",
            b"PK\x03\x04",
            b"\x00" * 5000,
            b"Hello",
            text(BASE).decode().encode("utf-16"),
        ],
    )
    def test_what_is_no_evidence_is_refused_by_name_and_with_advice(self, tmp_path, content):
        path = tmp_path / "cfg.txt"
        path.write_bytes(content)
        with pytest.raises(SourceError) as refused:
            read_files(path, Site(), None)
        assert "cfg.txt" in refused.value.where
        assert refused.value.advice

    def test_a_folder_without_evidence(self, tmp_path):
        write(tmp_path, {"readme.md": "x", "sub/picture.png": b"\x89PNG"})
        with pytest.raises(SourceError, match=sentence("no evidence")):
            read_files(tmp_path, Site(), None)

    def test_sub_folders_are_read_and_named(self, tmp_path):
        snapshot = read(tmp_path, {"a/cfg.txt": text(BASE), "b/c/script.txt": "config write\n"})
        assert [record.name for record in snapshot.sources] == ["a/cfg.txt", "b/c/script.txt"]
        assert [o.source for o in snapshot.objects] == ["a/cfg.txt"]

    def test_one_broken_file_is_named_and_leaves_a_question(self, tmp_path):
        snapshot = read(tmp_path, {"cfg.txt": text(BASE), "pbx.xml": "<info>"})
        assert "pbx.xml" in [gap.source for gap in snapshot.gaps_in(Area.OBJECTS)]
        (tmp_path / "evidence" / "cfg.txt").unlink()
        with pytest.raises(SourceError) as refused:
            read_files(tmp_path / "evidence", Site(), None)
        assert "pbx.xml" in refused.value.where


class TestStandardConfiguration:
    @pytest.mark.parametrize("name", ["cfg-standard.txt", "CFG-Standard.TXT", "standard.txt"])
    def test_by_name(self, tmp_path, name):
        with pytest.raises(StandardConfigurationError, match=sentence("clear text")) as refused:
            read(tmp_path, {name: text(BASE)})
        assert name in refused.value.where
        assert "delete" in refused.value.advice

    @pytest.mark.parametrize("name", ["cfg-standard.txt", "standard (1).txt", "sub/standard.txt"])
    def test_by_name_beside_good_evidence_it_is_named_and_not_used(self, tmp_path, name):
        snapshot = read(tmp_path, {"a.txt": text(BASE), name: text(OTHER)})
        assert [o.cn for o in snapshot.objects] == [BASE_NAME]
        self.assert_named(snapshot, name, "recognised by its name")

    def test_by_name_it_is_not_even_opened(self, tmp_path, monkeypatch):
        write(tmp_path, {"a.txt": text(BASE), "cfg-standard.txt": text(BASE)})
        opened = []
        real = Path.open

        def spy(path, *arguments, **options):
            opened.append(path.name)
            return real(path, *arguments, **options)

        monkeypatch.setattr(Path, "open", spy)
        read_files(tmp_path, Site(), None)
        assert "a.txt" in opened
        assert "cfg-standard.txt" not in opened

    def test_by_content_it_is_one_of_two_things_and_used(self, tmp_path):
        for name, files in {
            "1": {"backup.txt": FACTORY},
            "2": {"backup.txt": FACTORY, "cfg-standard.txt": text(BASE)},
        }.items():
            snapshot = read(tmp_path / name, files)
            assert [o.cn for o in snapshot.objects] == ["Only in the standard configuration"]
            record = next(one for one in snapshot.sources if one.name == "backup.txt")
            assert record.kind == FACTORY_CONFIGURATION
            assert record.sha256
            assert says("factory login", record.note)
            assert snapshot.settings["factory_login"].values == ("unclear",)

    def test_by_content_beside_good_evidence_it_is_used_too(self, tmp_path):
        snapshot = read(tmp_path, {"a.txt": text(BASE), "backup.txt": FACTORY + text(BASE)})
        assert len(snapshot.objects) == 2
        assert "unclear" in snapshot.settings["factory_login"].values

    def test_nothing_but_files_of_that_name_is_refused(self, tmp_path):
        with pytest.raises(StandardConfigurationError):
            read(tmp_path, {"cfg-standard.txt": text(BASE), "standard.txt": FACTORY})

    def assert_named(self, snapshot, name, why):
        (record,) = [one for one in snapshot.sources if one.kind == "standard-configuration"]
        assert (record.name, record.sha256) == (name, "")
        assert why in record.note
        (gap,) = snapshot.gaps_in("standard_configurations_gone")
        assert gap.source == name
        assert says("change the passwords", gap.advice)

    def test_a_file_about_standards_is_not_one(self, tmp_path):
        assert read(tmp_path, {"our-standards.txt": text(BASE)}).objects


class TestFolder:
    @pytest.mark.parametrize("config", CONFIGURATIONS)
    def test_a_configuration_and_an_export_of_the_same_pbx_agree(self, tmp_path, config):
        site, pbx = site_of(config), simulated(config)
        files = {"cfg.txt": configuration_of(config), "pbx.xml": export_of(pbx)}
        alone = read(tmp_path / "1", {"cfg.txt": files["cfg.txt"]}, PBX_PASSWORD, site)
        both = read(tmp_path / "2", files, PBX_PASSWORD, site)
        assert reasons(both) == []
        assert both.objects == alone.objects
        assert both.filters == alone.filters
        assert both.areas == alone.areas
        folders = [tmp_path / "1" / "evidence", tmp_path / "2" / "evidence"]
        first, second = (statuses(judge_file(folder, site)) for folder in folders)
        assert first == second

    def test_a_list_page_adds_nothing_and_contradicts_nothing(self, tmp_path):
        files = {"cfg.txt": configuration_of(), "list.xml": list_page_of(simulated())}
        both = read(tmp_path, files, site=site_of())
        assert reasons(both) == []
        assert len(both.objects) == len(simulated().objects)

    def test_an_object_in_two_files_is_there_once(self, tmp_path):
        snapshot = read(tmp_path, {"a.txt": text(BASE), "b.txt": text(BASE)})
        assert len(snapshot.objects) == 1
        assert contradictions(snapshot) == []

    def test_an_object_twice_in_one_file_is_there_once(self, tmp_path):
        snapshot = read(tmp_path, {"a.txt": text(BASE, BASE), "b.txt": "config write\n"})
        assert len(snapshot.objects) == 1
        assert contradictions(snapshot) == []

    def test_an_object_that_one_file_shows_twice_and_differently_is_a_gap(self, tmp_path):
        other = BASE.replace('hide="true"', 'hide="false"')
        snapshot = read(tmp_path, {"a.txt": text(BASE, other)})
        assert len(snapshot.objects) == 1
        assert not snapshot.objects[0].shows("hide")
        assert len(contradictions(snapshot)) == 1

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('hide="true"', 'hide="false"'),
            ('hide="true" ', ""),
            ('filter="a"', 'filter="b"'),
            ("(h323=b)", "(h323=c)"),
            ('"/>)', '"><device hw="x"/></user>)'),
            ('"/>)', '"><fork e164="0"/></user>)'),
            ('"/>)', '"><cd type="cfu"><ep e164="0"/></cd></user>)'),
            ('"/>)', '"><pseudo type="config"/></user>)'),
            ("ab" * 24, "ac" * 24),
            (f' pwd="{"ab" * 24}"', ""),
        ],
    )
    def test_an_object_that_two_files_show_differently_is_a_gap(self, tmp_path, before, after):
        assert before in BASE
        other = BASE.replace(before, after)
        snapshot = read(tmp_path, {"a.txt": text(BASE), "b.txt": text(other)})
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        assert len(contradictions(snapshot)) == 1

    def test_objects_without_names_are_not_taken_for_one(self, tmp_path):
        first = item('<user><device hw="x"/></user>', h323="one")
        second = item('<user><device hw="x"/></user>', h323="two")
        snapshot = read(tmp_path, {"a.txt": text(first, second), "b.txt": text(second, first)})
        assert [o.h323 for o in snapshot.objects] == ["one", "two"]

    def test_what_only_the_second_file_shows_is_not_lost(self, tmp_path):
        rows = table(row(guid="0b", cn="B", h323="b", pwd="ab" * 24), END)
        files = {"list.xml": '<info><user guid="0b" cn="B" h323="b"/></info>', "users.json": rows}
        (candidate,) = read(tmp_path, files).objects
        assert candidate.shows("pwd")
        assert candidate.password.state is PasswordState.SET

    def test_several_expert_scripts_count_each(self, tmp_path):
        line = "config add PHONE SIG /h323 {} /gk-pwd {}\n"
        files = {
            "cfg.txt": text(BASE, ADMIN),
            "scripts/one.txt": line.format("hot-desk-base", "<your secure password>"),
            "scripts/two.txt": line.format("temp", "Kr7-zzQ4.pLx9+aaVw"),
        }
        snapshot = read(tmp_path, files)
        found = [(entry.source, entry.h323, entry.password.state) for entry in snapshot.scripted]
        assert found == [
            ("scripts/one.txt", "hot-desk-base", PasswordState.PLACEHOLDER),
            ("scripts/two.txt", "temp", PasswordState.SET),
        ]

    def test_a_filter_that_two_files_show_differently_has_no_rows(self, tmp_path):
        rows = [
            item(
                f'<filter name="a"><sim-row number="0" next="{end}"/></filter>',
                '<user key="00"/>',
                cn="_ADMIN_",
            )
            for end in ("ok", "nok")
        ]
        site = Site.model_validate({"target": {"dialect": "simulated"}})
        same = read(tmp_path / "1", {"a.txt": text(rows[0]), "b.txt": text(rows[0])}, site=site)
        other = read(tmp_path / "2", {"a.txt": text(rows[0]), "b.txt": text(rows[1])}, site=site)
        twice = item('<filter name="a"/>', '<filter name="a"/>', '<user key="00"/>', cn="_ADMIN_")
        double = read(tmp_path / "3", {"a.txt": text(twice)}, site=site)
        assert same.filters[0].rows is not None
        assert other.filters[0].rows is None
        assert [entry.rows for entry in double.filters] == [None]

    def test_settings_of_two_boxes_are_all_kept(self, tmp_path):
        site = Site.model_validate({"target": {"dialect": "simulated"}})
        lines = {
            f"{name}.txt": text(
                "# 13r3 final IP411[13]",
                f"# IP411-00-00-0{name}",
                f"config change PBX0 /sim-regs-without-pwd {value}",
                BASE,
            )
            for name, value in (("a", 0), ("b", 10))
        }
        boxes = [{"name": "b", "serial": "00-00-0b"}]
        site = Site.model_validate({"target": {"dialect": "simulated"}, "boxes": boxes})
        setting = read(tmp_path, lines, site=site).settings[REGISTRATIONS_WITHOUT_PASSWORD]
        assert set(setting.values) == {"0", "10"}

    def test_a_snapshot_beside_evidence_is_refused(self, tmp_path):
        saved = b"".join(dump_snapshot(read(tmp_path / "1", {"cfg.txt": text(BASE)})))
        with pytest.raises(SourceError, match="snapshot"):
            read(tmp_path / "2", {"snapshot.json": saved, "cfg.txt": text(BASE)})

    def test_a_snapshot_alone_in_a_folder_is_read(self, tmp_path):
        snapshot = read(tmp_path / "1", {"cfg.txt": text(BASE)})
        assert read(tmp_path / "2", {"s.json": b"".join(dump_snapshot(snapshot))}) == snapshot


class TestPasswords:
    def test_the_right_pbx_password_opens_the_base_password(self, tmp_path):
        snapshot = read(tmp_path, {"cfg.txt": configuration_of()}, PBX_PASSWORD, site_of())
        base = next(o for o in snapshot.objects if o.h323 == "hot-desk-base")
        assert (snapshot.evidence_mode, base.password.score) == (EvidenceMode.PBX_PASSWORD, 4)

    @pytest.mark.parametrize("wrong", ["wrong", "", "ü" * 40])
    def test_a_wrong_one_is_said_and_scores_nothing(self, tmp_path, wrong):
        snapshot = read(tmp_path, {"cfg.txt": configuration_of()}, wrong, site_of())
        base = next(o for o in snapshot.objects if o.h323 == "hot-desk-base")
        assert snapshot.evidence_mode is EvidenceMode.PBX_PASSWORD_REJECTED
        assert base.password.score is None

    @pytest.mark.parametrize("stored", ["0" * 48, "", "zz" * 24, "ab", "********"])
    def test_other_fields_are_no_password_that_could_pass(self, tmp_path, stored):
        line = item(f'<user pwd="{stored}"/>', cn="Hot Desk Base", h323="hot-desk-base")
        snapshot = read(tmp_path, {"cfg.txt": text(line, ADMIN)})
        (base,) = snapshot.objects
        assert base.password.score is None
        outcome = judge_file(tmp_path / "evidence", Site(), None)
        assert statuses(outcome)["HD-01"] in {"failed", "unknown"}

    def test_the_location_is_a_context_word_from_a_file_too(self, tmp_path):
        found = {}
        for name, data in (
            ("cfg.txt", configuration_of()),
            ("pbx.xml", export_of(simulated())),
        ):
            snapshot = read(tmp_path / name, {name: data})
            found[name] = [facts(o).attributes.get("loc") for o in snapshot.objects]
        assert found["cfg.txt"] == found["pbx.xml"]


def test_json_is_recognised_though_its_rows_come_late(tmp_path):
    rows = json.dumps([{"padding": "x" * 5000}, row(cn="B", h323="b"), END]).encode()
    assert [o.h323 for o in read(tmp_path, {"users.json": rows}).objects] == ["b"]
