"""What one source alone proves of the list of objects: nothing that a shorter one would, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.model.account import ProofKind
from auditor.model.vocabulary import Area, Coverage
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import (
    PBX_PASSWORD,
    configuration_of,
    counted,
    export_of,
    judge,
    list_page_of,
    simulated,
    site_of,
    statuses,
    write,
)
from tests.fixtures.soap import SoapPbx, found

FAST = LiveOptions(back_off=0.0)
NUMBER = len(simulated().objects)
# Controls of the tutorial that look at named objects, not at whether there are others.
OF_NAMED_OBJECTS = {"HD-01", "HD-02", "HD-08", "HD-09", "HD-12", "HD-13"}
WAYS = {
    "pages": frozenset({"cfg", "soap"}),
    "SOAP": frozenset({"cfg", "show"}),
}


def read(refuse, config="hardened", site=None):
    with SimulatorServer(simulated(config), refuse=refuse) as server:
        account = next(one for one in server.pbx.accounts if one.role == "admin")
        given = Credentials(account.username, account.password, PBX_PASSWORD)
        return read_live(server.url, site or site_of(config), given, FAST)


def proof_of(folder, files, site=None):
    snapshot = read_files(write(folder, files), site or site_of(), PBX_PASSWORD)
    return snapshot.proofs[Area.OBJECTS].kind, snapshot.coverage(Area.OBJECTS)


class TestLive:
    @pytest.mark.parametrize("way", WAYS)
    def test_pages_alone_prove_nothing_and_what_does_not_rest_on_a_list_is_decided(self, way):
        snapshot = read(WAYS[way])
        assert len(snapshot.objects) == NUMBER
        assert snapshot.proofs[Area.OBJECTS].kind is ProofKind.NONE
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        (gap,) = snapshot.gaps_in(Area.OBJECTS)
        assert "[target] objects" in gap.advice
        decided = {
            k for k, status in statuses(judge(snapshot, site_of())).items() if status == "passed"
        }
        assert decided == OF_NAMED_OBJECTS

    @pytest.mark.parametrize("way", WAYS)
    def test_what_a_list_shows_fails_whether_it_is_whole_or_not(self, way):
        insecure = site_of("insecure")
        alone = statuses(judge(read(WAYS[way], "insecure"), insecure, profile="baseline"))
        other = read(frozenset({"cfg"}), "insecure")
        both = statuses(judge(other, insecure, profile="baseline"))
        assert other.proofs[Area.OBJECTS].kind is ProofKind.COUNTED
        failed = {name for name, status in both.items() if status == "failed"}
        assert failed == {name for name, status in alone.items() if status == "failed"}

    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("more", [-1, 0, 1])
    def test_the_number_that_a_person_counted_proves_it(self, way, more):
        site = counted(site_of(), NUMBER + more)
        snapshot = read(WAYS[way], site=site)
        is_right = more == 0
        kind = ProofKind.STATED if is_right else ProofKind.NONE
        assert snapshot.proofs[Area.OBJECTS].kind is kind
        found = statuses(judge(snapshot, site))
        assert (found["PBX-17"], found["HD-10"]) == (
            ("passed",) * 2 if is_right else ("unknown",) * 2
        )

    @pytest.mark.parametrize("refuse", [(), ("show",), ("cfg",)])
    def test_two_ways_that_agree_need_nobody_to_count(self, refuse):
        assert read(frozenset(refuse)).proofs[Area.OBJECTS].kind is ProofKind.COUNTED


def users(*numbers):
    return [f'<user cn="User {n:03}" h323="u{n}" guid="{n + 1:032x}"/>' for n in numbers]


class TestNames:
    """FindUser ends with an empty page, which may come too early."""

    MASTER = '<user cn="master" h323="master" guid="ff"><pseudo type="loc"/></user>'

    @pytest.mark.parametrize("stated", ["", '<return e:arrayType="ns:UserInfo[0]">'])
    @pytest.mark.parametrize("site_counts", [False, True])
    def test_a_page_that_was_emptied_is_no_end(self, stated, site_counts):
        objects = [*users(*range(70)), self.MASTER]

        def emptied(request):
            return (
                found(stated=stated or "<return>")
                if request.flag
                else found(*objects[:49], self.MASTER)
            )

        site = counted(site_of(), len(objects)) if site_counts else site_of()
        with SoapPbx(objects, pages=emptied) as pbx:
            snapshot = read_live(pbx.url, site, Credentials("viewer", "x"), FAST)
        assert len(snapshot.objects) == 50
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        judged = statuses(judge(snapshot, site, profile="baseline"))
        assert {judged[name] for name in ("PBX-02", "PBX-14", "HD-10")} <= {"unknown", "failed"}

    def test_an_object_under_two_guids_does_not_fill_the_number(self, tmp_path):
        pbx = simulated()
        one, *others = pbx.objects
        again = replace(one, guid="ab" * 16)
        dropped = next(o for o in others if o.names.get("h323") == "k.tessmer")
        kept = [again if o is dropped else o for o in pbx.objects]
        body = responses.configuration(replace(pbx, objects=tuple(kept)), 1)
        kind, coverage = proof_of(tmp_path, {"cfg.txt": body}, counted(site_of(), NUMBER))
        assert (kind, coverage) == (ProofKind.NONE, Coverage.PARTIAL)


CFG = configuration_of()
EXPORT = export_of(simulated())
LIST = list_page_of(simulated())


def of(*kinds):
    """Return an export of some objects: the PBX itself, the first users, the first of them."""
    pbx = simulated()
    users = [o for o in pbx.objects if not o.kind]
    chosen = [o for o in pbx.objects if o.kind == "loc"] if "pbx" in kinds else []
    chosen += users[: 3 if "users" in kinds else 1 if "user" in kinds else 0]
    return responses.page(responses.whole(pbx, one, templates=False) for one in chosen)


def without(body, name):
    lines = body.split(b"\r\n")
    return b"\r\n".join(line for line in lines if name not in line)


class TestFiles:
    @pytest.mark.parametrize("content", [{"cfg.txt": CFG}, {"pbx.xml": EXPORT}])
    def test_a_format_with_an_end_of_its_own_is_whole_by_it(self, tmp_path, content):
        assert proof_of(tmp_path, content) == (ProofKind.STRUCTURAL, Coverage.COMPLETE)

    def test_a_list_page_has_none(self, tmp_path):
        assert proof_of(tmp_path, {"list.xml": LIST})[0] is ProofKind.NONE

    @pytest.mark.parametrize(
        "content",
        [
            {"cfg.txt": CFG, "pbx.xml": EXPORT},
            {"cfg.txt": CFG, "list.xml": LIST},
            {"pbx.xml": EXPORT, "list.xml": LIST},
        ],
    )
    def test_two_kinds_of_documents_count_each_other(self, tmp_path, content):
        assert proof_of(tmp_path, content) == (ProofKind.COUNTED, Coverage.COMPLETE)

    @pytest.mark.parametrize("blanks", [b"", b"\r\n"])
    def test_a_copy_of_a_document_counts_nothing(self, tmp_path, blanks):
        exports = {"a.xml": EXPORT, "b.xml": EXPORT + blanks}
        assert proof_of(tmp_path / "exports", exports)[0] is ProofKind.STRUCTURAL
        lists = {"a.xml": LIST, "b.xml": LIST + blanks}
        assert proof_of(tmp_path / "lists", lists)[0] is ProofKind.NONE

    def test_a_part_that_is_whole_xml_does_not_lend_its_end_to_another_document(self, tmp_path):
        cut = CFG.partition(b"\r\n")[2]  # without its first line
        kind, coverage = proof_of(tmp_path, {"cfg.txt": cut, "users.xml": of("users")})
        assert (kind, coverage) == (ProofKind.NONE, Coverage.PARTIAL)

    def test_the_pbx_of_one_document_does_not_make_another_one_whole(self, tmp_path):
        files = {"a.xml": of("users"), "b.xml": of("pbx", "user")}
        kind, coverage = proof_of(tmp_path, files)
        assert (kind, coverage) == (ProofKind.NONE, Coverage.PARTIAL)

    def test_a_part_that_shows_an_object_contradicts_a_list_without_it(self, tmp_path):
        first = next(o for o in simulated().objects if not o.kind)
        shorter = without(CFG, first.guid.encode())
        assert proof_of(tmp_path / "shorter", {"cfg.txt": shorter})[0] is ProofKind.STRUCTURAL
        files = {"cfg.txt": shorter, "users.xml": of("users")}
        kind, coverage = proof_of(tmp_path / "part", files)
        assert (kind, coverage) == (ProofKind.NONE, Coverage.PARTIAL)
        whole = {"cfg.txt": CFG, "users.xml": of("users")}
        assert proof_of(tmp_path / "whole", whole)[1] is Coverage.COMPLETE
