"""Readings become one snapshot: all is handed on but secrets, and what is missing is named."""

from __future__ import annotations

import pytest

from auditor.dialects import load_dialect
from auditor.facts import ADMINISTRATOR_PASSWORD
from auditor.messages.message import Message, say
from auditor.model.account import ProofKind, Requests, Tally, Unit
from auditor.model.site import HotDesk, Site, Target
from auditor.model.snapshot import (
    NO_PASSWORD,
    Box,
    CallFilter,
    Device,
    Gap,
    PbxObject,
    Setting,
    SourceRecord,
    TlsEndpoint,
)
from auditor.model.vocabulary import Area, Coverage, EvidenceMode, Grade, Identity, PasswordState
from auditor.passwords.tags import tag_of
from auditor.pbx import crypt
from auditor.site.credentials import Compared
from auditor.sources.options import DEFAULTS
from auditor.sources.parse.reading import ObjectNames, OpenEnd, Reading, ScriptedPassword
from auditor.sources.snapshot.assemble import Batch, assemble

PBX_PASSWORD = "pwd"
ADMIN_KEY = "566e2a2f1d259e4136046d5cbacaea9f"
KEY = crypt.pbx_key(PBX_PASSWORD, bytes.fromhex(ADMIN_KEY))
DIALECT = load_dialect("simulated")
LEARNED = """\
name = "ours"
description = "learned"
extends = "documented"
[settings.time_server]
place = "option"
module = "X0"
option = "server"
grade = "learned"
firmware = "13r3"
learned_on = 2026-11-01
learned_by = "A. Muster"
"""
BOX = Box("Werk", "IP411", "13r3 final", "aa-bb-cc")


def field(secret):
    return crypt.encrypt(KEY, secret).hex()


def thing(cn, **rest):
    base = PbxObject(
        *(f"guid-{cn}", cn, cn.lower(), "", "", {}, (), (), (), (), (), {}, None, ()),
        *(NO_PASSWORD, "cfg.txt", 3),
    )
    return base._replace(**rest)


MASTER = thing("Master", kind="loc")


def reading(*objects, source="cfg.txt", kind="configuration", secrets=None, **rest):
    secrets = list(secrets or [None] * len(objects))
    return Reading(source, kind, list(objects), secrets, **rest)


def whole(*objects, **rest):
    """Return the reading of a whole configuration with `_ADMIN_`."""
    known = {"box": BOX, "states_settings": True, "admin_seen": True, "admin_key": ADMIN_KEY}
    known["admin_password"] = field(PBX_PASSWORD)
    return reading(MASTER, *objects, **(known | rest))


def snapshot_of(*readings, site=None, password=None, compared=None, **batch):
    records = batch.pop("records", ())
    return assemble(
        Batch(readings, records, DIALECT, **batch),
        site or Site(),
        password,
        DEFAULTS,
        compared or Compared(),
    )


class TestCoverage:
    @pytest.mark.parametrize(
        ("area", "change"),
        [
            (Area.BOX, {"box": None}),
            (Area.DEVICES, {}),
            (Area.PASSWORDS, {"admin_password": None}),
            (Area.CALL_FILTERS, {"admin_seen": False, "secrets": [None, field("x")]}),
            (Area.SETTINGS, {"states_settings": False}),
        ],
    )
    def test_an_area_that_no_source_shows_is_missing_with_a_reason(self, area, change):
        device = Device("x", "", {})
        objects = [thing("Anna", devices=(device,) if area is not Area.DEVICES else ())]
        snapshot = snapshot_of(whole(*objects, **change))
        missing = {one for one in Area if snapshot.coverage(one) is Coverage.MISSING}
        assert missing - {Area.TLS} == {area}
        (gap,) = snapshot.gaps_in(area)
        assert isinstance(gap.reason, Message)
        assert isinstance(gap.advice, Message)

    def test_without_objects_nothing_about_them_is_known(self):
        snapshot = snapshot_of(reading(box=BOX, states_settings=True))
        areas = {Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS}
        assert {one for one in areas if snapshot.coverage(one) is Coverage.MISSING} == areas
        assert snapshot.coverage(Area.SETTINGS) is Coverage.COMPLETE

    @pytest.mark.parametrize("area", [one for one in Area if one is not Area.TLS])
    def test_a_gap_makes_an_area_partial_and_no_other(self, area):
        gap = Gap(area, say("it is cut off"), "cfg.txt", 4, say("run again"))
        given = whole(thing("Anna", devices=(Device("x", "", {}),)), gaps=[gap])
        snapshot = snapshot_of(given)
        assert snapshot.gaps_in(area) == (gap,)
        partial = {one for one in Area if snapshot.coverage(one) is Coverage.PARTIAL}
        assert partial == {area}

    def test_a_gap_of_a_missing_area_is_not_said_twice(self):
        gap = Gap(Area.BOX, say("it is cut off"), "cfg.txt")
        snapshot = snapshot_of(whole(box=None, gaps=[gap]))
        assert snapshot.coverage(Area.BOX) is Coverage.MISSING
        assert snapshot.gaps_in(Area.BOX) == (gap,)

    @pytest.mark.parametrize(
        ("gaps", "coverage"), [((), Coverage.COMPLETE), ((Area.TLS,), Coverage.PARTIAL)]
    )
    def test_tls_is_what_handshakes_showed(self, gaps, coverage):
        endpoint = TlsEndpoint("a", "TLSv1.2", "", Identity.SYSTEM, None)
        snapshot = snapshot_of(whole(), tls=[endpoint], gaps=[Gap(a, say("x")) for a in gaps])
        assert snapshot.tls == (endpoint,)
        assert snapshot.coverage(Area.TLS) is coverage
        assert snapshot_of(whole()).coverage(Area.TLS) is Coverage.MISSING

    def test_a_setting_is_read_no_better_than_its_area(self):
        setting = Setting(("1",), Grade.DOCUMENTED, "cfg.txt", read_with=Area.CALL_FILTERS)
        fine = snapshot_of(whole(settings={"ip_filter": setting}))
        assert fine.settings["ip_filter"] == setting
        assert fine.coverage("ip_filter") is Coverage.COMPLETE
        gap = Gap(Area.CALL_FILTERS, say("it is cut off"), "cfg.txt")
        bad = snapshot_of(whole(settings={"ip_filter": setting}, gaps=[gap]))
        assert bad.coverage("ip_filter") is Coverage.PARTIAL

    @pytest.mark.parametrize(
        ("count", "secrets", "seen"),
        [(3, None, True), (4, None, False), (8, None, False), (8, {0: "aa"}, True)],
    )
    def test_many_objects_without_any_password_were_read_without_theirs(self, count, secrets, seen):
        stored = [(secrets or {}).get(n) for n in range(count + 1)]
        given = whole(*(thing(f"X{n}") for n in range(count)), secrets=stored)
        assert (snapshot_of(given).coverage(Area.PASSWORDS) is not Coverage.MISSING) is seen


class TestProofs:
    def test_both_lists_are_proven(self):
        proofs = snapshot_of(whole()).proofs
        assert {area: proof.kind for area, proof in proofs.items()} == {
            Area.OBJECTS: ProofKind.STRUCTURAL,
            Area.SETTINGS: ProofKind.STRUCTURAL,
        }

    @pytest.mark.parametrize("area", [Area.OBJECTS, Area.SETTINGS])
    def test_what_was_not_understood_proves_nothing_by_its_ends(self, area):
        gap = Gap(area, say("it is cut off"), "cfg.txt")
        for given in ([whole(gaps=[gap])], [whole()]):
            beside = [gap] if not given[0].gaps else []
            proofs = snapshot_of(*given, gaps=beside).proofs
            assert (proofs[area].kind, proofs[area].note) == (ProofKind.NONE, "it is cut off")
            (other,) = {Area.OBJECTS, Area.SETTINGS} - {area}
            assert proofs[other].kind is ProofKind.STRUCTURAL

    def test_a_count_holds_whatever_was_not_understood(self):
        gap = Gap(Area.OBJECTS, say("it is cut off"), "cfg.txt")
        names = ObjectNames("list", (("guid-Master", "Master", "master"),))
        proof = snapshot_of(whole(gaps=[gap]), listed=[names]).proofs[Area.OBJECTS]
        assert (proof.kind, proof.count) == (ProofKind.COUNTED, 1)

    def test_open_ends_of_both_are_named(self):
        end = OpenEnd(say("it is cut off"), say("run again"))
        snapshot = snapshot_of(whole(open_ends=[end], open_settings=[end]))
        for area in (Area.OBJECTS, Area.SETTINGS):
            (gap,) = snapshot.gaps_in(area)
            assert (gap.reason, gap.source, gap.advice) == (end.reason, "cfg.txt", end.advice)
            assert snapshot.coverage(area) is Coverage.PARTIAL


class TestPasswords:
    def test_of_objects_and_the_pbx(self):
        given = whole(thing("Anna"), secrets=[None, field("Sommer2024")])
        snapshot = snapshot_of(given, password=PBX_PASSWORD)
        assert snapshot.evidence_mode is EvidenceMode.PBX_PASSWORD
        states = {one.cn: one.password.state for one in snapshot.objects}
        assert states == {"Master": PasswordState.ABSENT, "Anna": PasswordState.SET}
        assert snapshot.pbx_password_evidence.state is PasswordState.SET
        assert snapshot.pbx_password_evidence.score is not None

    @pytest.mark.parametrize(
        ("password", "mode"),
        [
            (PBX_PASSWORD, EvidenceMode.PBX_PASSWORD),
            ("other", EvidenceMode.PBX_PASSWORD_REJECTED),
            (None, EvidenceMode.NO_SECRET),
        ],
    )
    def test_the_mode_says_what_the_pbx_password_opens(self, password, mode):
        assert snapshot_of(whole(), password=password).evidence_mode is mode

    def test_without_admin_nothing_is_said_of_the_pbx_password(self):
        assert snapshot_of(reading(MASTER)).pbx_password_evidence is None

    @pytest.mark.parametrize(
        ("compared", "administrator", "platform"),
        [
            (Compared(), None, None),
            (Compared(administrator=""), PasswordState.EMPTY, None),
            (Compared(administrator="secret"), PasswordState.SET, None),
            (Compared(app_platform="secret"), None, (False, None)),
            (Compared("secret", "secret"), PasswordState.SET, (False, True)),
            (Compared("other", PBX_PASSWORD), PasswordState.SET, (True, False)),
        ],
    )
    def test_those_of_others_are_compared(self, compared, administrator, platform):
        snapshot = snapshot_of(whole(), password=PBX_PASSWORD, compared=compared)
        found = snapshot.administrator_evidence
        assert (found and found.state) is administrator
        found = snapshot.app_platform_password_evidence
        shown = None if found is None else (found.equals_pbx_password, found.same_as_admin)
        assert shown == platform
        setting = snapshot.settings.get(ADMINISTRATOR_PASSWORD)
        assert (setting is None) is (compared.administrator is None)
        if setting is not None:
            assert setting.values == (("set",) if compared.administrator else ("empty",))
            assert (setting.grade, setting.source) == (Grade.DOCUMENTED, "handed over")

    def test_the_pbx_password_is_compared_with_the_administrators(self):
        for administrator, same in ((PBX_PASSWORD, True), ("other", False), (None, None)):
            compared = Compared(administrator=administrator)
            snapshot = snapshot_of(whole(), password=PBX_PASSWORD, compared=compared)
            assert snapshot.pbx_password_evidence.same_as_admin is same

    @pytest.mark.parametrize("words", [{"name": "Merkurwerk"}, {"company": "Merkurwerk"}])
    def test_words_of_the_site_make_a_password_weak(self, words):
        def score(site):
            given = whole(thing("Temp"), secrets=[None, field("Merkurwerk")])
            hot_desk = HotDesk(temporary_users=["temp"])
            site = Site(target=site, hot_desk=hot_desk)
            found = snapshot_of(given, password=PBX_PASSWORD, site=site).objects[-1]
            return found.password.guesses_log10

        assert score(Target(**words)) < score(Target())

    def test_scripts_register_whom_they_name(self):
        script = reading(
            source="phones.txt",
            scripted=[
                ScriptedPassword("anna", 2, "Sommer2024"),
                ScriptedPassword("anna", 4),
                ScriptedPassword("", 5, is_unclear=True),
            ],
        )
        given = whole(thing("Anna"), secrets=[None, field("Sommer2024")])
        first, second, third = snapshot_of(given, script, password=PBX_PASSWORD).scripted
        assert (first.h323, first.source, first.line) == ("anna", "phones.txt", 2)
        assert first.password.state is PasswordState.SET
        assert first.password.score is not None
        assert second.password.state is not PasswordState.SET
        assert third.password.state is PasswordState.UNREADABLE

    def test_no_reading_keeps_a_secret(self):
        given = whole(thing("Anna"), secrets=[None, field("x")], tagger=str)
        given.scripted = [ScriptedPassword("anna", 2, "Sommer2024")]
        snapshot_of(given)
        assert (given.secrets, given.scripted) == ([], [])
        assert given.admin_password is given.admin_key is given.tagger is None


class TestSources:
    def record(self, name="cfg.txt", note="", kind="configuration"):
        return SourceRecord(name, kind, 3, "0" * 64, note)

    @pytest.mark.parametrize(
        ("source", "name", "found"),
        [
            ("cfg.txt", "cfg.txt", True),
            ("cfg.txt", "cfg.txt?x=1", True),
            ("cfg.txt?x=1", "cfg.txt?x=1", True),
            ("cfg.txt", "other.txt", False),
        ],
    )
    def test_each_has_the_notes_and_the_account_of_its_reading(self, source, name, found):
        tally = Tally(Unit.LINES, 3)
        given = whole(source=source, notes=["one", "two"], account=(tally,))
        (record,) = snapshot_of(given, records=[self.record(name, "zero")]).sources
        assert record.note == ("zero; one; two" if found else "zero")
        assert record.account == ((tally,) if found else ())
        assert (record.name, record.size) == (name, 3)

    def test_what_was_asked_and_with_which_dialect_is_kept(self):
        requests = Requests(3)
        snapshot = snapshot_of(whole(), requests=requests)
        assert snapshot.requests is requests
        assert (snapshot.dialect, snapshot.dialect_file) == ("simulated", None)
        assert snapshot.attribute_grades == DIALECT.attributes
        assert snapshot.reads_template_parents
        assert snapshot.template_parent_place == DIALECT.parent_place
        found = assemble(Batch([whole()], [], load_dialect("documented")), Site(), None)
        assert not found.reads_template_parents
        assert found.template_parent_place is None

    def test_an_entry_of_a_file_counts_for_the_train_that_it_was_learned_on(self, tmp_path):
        path = tmp_path / "site.toml"
        path.write_text(LEARNED, encoding="utf-8")
        dialect = load_dialect(str(path))
        setting = Setting(("x",), Grade.LEARNED, "cfg.txt", 3)
        for firmware, counts in (("13r3 service release 5", True), ("13r2 final", False)):
            given = whole(box=Box("", "IP411", firmware, "aa-bb-cc"))
            given.settings["time_server"] = setting
            snapshot = assemble(Batch([given], [], dialect), Site(), None)
            assert ("time_server" in snapshot.settings) is counts
            assert len(snapshot.gaps_in("time_server")) == (not counts)
            assert snapshot.dialect_file == dialect.file
            assert snapshot.dialect_file is not None

    def test_documents_of_a_box_that_differ_in_what_was_replaced_are_a_gap(self):
        readings = [whole(source=f"{n}.txt") for n in range(2)]
        for value, given in zip("ab", readings, strict=True):
            given.replaced["time_server"] = Setting((value,), Grade.SEEN, given.source)
        assert len(snapshot_of(*readings).gaps_in("time_server")) == 1

    def test_passwords_of_before_an_interruption_are_compared_by_their_tags(self):
        def tagger(stored):
            return tag_of(stored, b"key")

        stored = field("Sommer2024")
        given = whole(
            thing("Anna"), thing("Berta"), secrets=[None, tagger(stored), stored], tagger=tagger
        )
        _, anna, berta = snapshot_of(given).objects
        assert anna.password.shared_with == berta.password.shared_with == 1

    @pytest.mark.parametrize(
        ("boxes", "site", "target"),
        [
            ([BOX], Target(name="Werk"), "mac:aabbcc"),
            ([Box("", "IP411", "13r3"), BOX], Target(), "mac:aabbcc"),
            ([Box("", "IP411", "13r3")], Target(name="Werk"), "name:Werk"),
            ([], Target(), "unidentified"),
        ],
    )
    def test_the_system_is_known_by_the_serial_of_its_first_box(self, boxes, site, target):
        readings = [reading(box=box, source=f"{n}.txt") for n, box in enumerate(boxes)]
        snapshot = snapshot_of(*readings, site=Site(target=site))
        assert snapshot.target == target
        assert snapshot.boxes == tuple(boxes)

    def test_a_look_at_a_service_is_a_setting(self):
        looked = {"http_port": Setting(("80",), Grade.DOCUMENTED, "look")}
        assert snapshot_of(whole(), looked=looked).settings["http_port"].values == ("80",)

    def test_filters_of_all_documents_are_there(self):
        one = CallFilter("f", (), Grade.DOCUMENTED, "cfg.txt")
        assert snapshot_of(whole(filters=[one])).filters == (one,)

    def test_the_configuration_is_believed_before_lists_and_further_boxes(self):
        listed = reading(thing("Anna"), MASTER, kind="object-list", source="list.xml")
        further = reading(thing("Berta"), source="b.txt", further=True)
        snapshot = snapshot_of(further, listed, whole(thing("Anna", line=7)))
        assert [one.cn for one in snapshot.objects] == ["Master", "Anna", "Berta"]
        assert snapshot.objects[1].line == 7
