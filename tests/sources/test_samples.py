"""Every published fragment is read. They lie beside the checkout and are not copied."""

from __future__ import annotations

import pytest

from auditor.errors import SourceError
from auditor.model.site import Site
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import SAMPLES
from tests.fixtures.sentences import says, sentence

LEFT_OUT = {"README.md"}
FRAGMENTS = sorted(
    path
    for path in (SAMPLES.iterdir() if SAMPLES.is_dir() else ())
    if path.name not in LEFT_OUT and path.suffix != ".wsdl" and not path.name.startswith("14-")
)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"{SAMPLES} is not beside this checkout")
def test_there_are_fragments():
    assert len(FRAGMENTS) >= 9


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_is_read_without_damage(path):
    snapshot = read_files(path, Site(), None)
    assert len(snapshot.sources) == 1
    assert snapshot.sources[0].note == ""
    damage = [gap for gap in snapshot.gaps if gap.line or says("cannot be read", gap.reason)]
    assert damage == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"{SAMPLES} is not beside this checkout")
@pytest.mark.parametrize(
    ("start", "names"),
    [
        ("01", ["venus"]),
        ("02", []),
        ("03", ["pwtest"]),
        ("05", ["user0"]),
        ("06", []),
        ("10", ["BYU_Fax_223"]),
        ("12", ["john.doe"]),
    ],
)
def test_a_fragment_says_what_it_says(start, names):
    path = next(path for path in FRAGMENTS if path.name.startswith(start))
    snapshot = read_files(path, Site(), None)
    assert [candidate.h323 for candidate in snapshot.objects] == names
    assert [entry.name for entry in snapshot.filters] == (
        ["normal", "unknown"] if start == "02" else []
    )


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"{SAMPLES} is not beside this checkout")
def test_all_fragments_as_one_folder(tmp_path):
    for path in FRAGMENTS:
        (tmp_path / path.name).symlink_to(path)
    with pytest.raises(SourceError, match=sentence("more than one system")):
        read_files(tmp_path, Site(), None)
