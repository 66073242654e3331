"""Which file somebody may have meant: endings that many files share are no likeness."""

from __future__ import annotations

import pytest

from auditor.files.kinds import similar_file
from tests.fixtures.pbx import write


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cfgg.txt", "cfg.txt"),
        ("snapshto.json", "snapshot.json"),
        ("snapshot.jsn", "snapshot.json"),
        ("nope.json", ""),
        ("base.json", ""),
        ("xyz.txt", ""),
    ],
)
def test_an_ending_that_many_files_share_is_no_likeness(tmp_path, typed, meant):
    write(tmp_path, {"cfg.txt": b"", "snapshot.json": b"{}", "snap.json": b"{}"})
    assert similar_file(tmp_path / typed) == (str(tmp_path / meant) if meant else "")
