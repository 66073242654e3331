"""What `collect` keeps to go on with: decided by what is left to read, not by what is said."""

from __future__ import annotations

import pytest

from auditor.messages.message import say
from auditor.model.account import Proof, ProofKind
from auditor.model.site import Site
from auditor.model.snapshot import Gap, Snapshot
from auditor.model.vocabulary import Area
from auditor.run.reader import Reader, collect
from auditor.site.credentials import Credentials
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import configuration_of, site_of, write

SAID = say("nothing shows that the pages of its objects were all")
OTHER = say("another reason")
LEFT = Gap(Area.OBJECTS, SAID)
LACKS_PROOF = Gap(Area.OBJECTS, SAID, unproven=True)
ALSO = Gap(Area.OBJECTS, OTHER, unproven=True)


@pytest.fixture
def collected(monkeypatch, tmp_path):
    """Return what collects a snapshot, as of a live PBX, and the journal of that."""
    journal = tmp_path / "s.json.partial"

    def run(snapshot):
        def read(_target, _site, _credentials, limits):
            limits.journal.touch()
            return snapshot

        monkeypatch.setattr("auditor.run.reader.read_target", read)
        reader = Reader(Site(), Credentials())
        return collect(reader, "https://pbx.example", tmp_path / "s.json"), journal

    return run


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("read"), {"cfg.txt": configuration_of("hardened")})
    return read_files(path / "cfg.txt", site_of("hardened"), None).objects


@pytest.mark.parametrize(
    ("gaps", "resumes"),
    [
        ([], False),
        ([LACKS_PROOF], False),
        ([LACKS_PROOF, ALSO], False),
        ([LEFT], True),
        ([LACKS_PROOF, LEFT], True),
    ],
)
@pytest.mark.parametrize("note", [SAID, OTHER, ""])
def test_a_journal_stays_while_anything_is_left_to_read(objects, collected, gaps, resumes, note):
    proofs = {Area.OBJECTS.value: Proof(ProofKind.NONE, len(objects), note=note)}
    snapshot = Snapshot("t", objects=objects, gaps=tuple(gaps), proofs=proofs)
    found, journal = collected(snapshot)
    assert found.resumes is resumes
    assert journal.exists() is resumes


def test_without_any_object_all_is_left(collected):
    found, journal = collected(Snapshot("t"))
    assert found.resumes
    assert journal.exists()
