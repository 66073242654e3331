"""The list of lines that change by themselves: what it may hold, and where each is known from."""

from __future__ import annotations

import pytest

from auditor.dialects import dialect_names, load_dialect
from auditor.errors import RuleDocumentError
from auditor.model.vocabulary import Grade
from auditor.volatile import LineDrift, volatile_lines
from tests.fixtures.pbx import ROOT
from tests.fixtures.update_server import LEFT_OUT

REFERENCE = ROOT.parent / "shared" / "reference"
ENTRY = {
    "id": '"tickets"',
    "what": '"tickets of sessions"',
    "begins": '"vars create TLS0/"',
    "drift": '"noise"',
    "grade": '"inferred"',
    "source": '"somewhere"',
    "reference": '"something"',
}


def listed(folder, **keys):
    lines = [f"{key} = {value}" for key, value in {**ENTRY, **keys}.items() if value is not None]
    path = folder / "lines.toml"
    path.write_text("\n".join(["[[lines]]", *lines]), encoding="utf-8")
    return path


noted = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the notes are not in a copy of the project"
)


@noted
@pytest.mark.parametrize("entry", volatile_lines(), ids=lambda entry: entry.id)
def test_each_entry_has_its_source_in_the_notes(entry):
    notes = "\n".join(path.read_text("utf-8") for path in sorted(REFERENCE.glob("*.md")))
    assert entry.reference in notes
    repository = entry.source.partition(",")[0].rpartition("/")[2]
    assert repository in notes


@noted
def test_the_notes_are_looked_up():
    assert sorted(REFERENCE.glob("*.md"))


def test_what_the_update_server_leaves_out_is_listed_whole():
    """Each pattern of the fixture, which is written after the notes, has an entry."""
    parts = LEFT_OUT.pattern.decode().split("|")
    known = {one.reference.removeprefix("^") for one in volatile_lines() if one.left_out}
    assert set(parts) == known


def test_no_dialect_reads_what_is_noise():
    modules = {
        place.module for name in dialect_names() for _, _, place in load_dialect(name).line_places()
    }
    for entry in volatile_lines():
        assert (entry.module in modules) is (entry.drift is LineDrift.COUNTS)


def test_an_entry_is_read(tmp_path):
    (entry,) = volatile_lines(listed(tmp_path))
    assert entry.grade is Grade.INFERRED
    assert entry.matches("vars create TLS0/TICKET/0 p 1")
    assert not entry.matches("vars create TLS1/TICKET/0 p 1")


def test_parts_of_a_line_stand_in_their_order(tmp_path):
    (entry,) = volatile_lines(listed(tmp_path, contains='["(a", "(b"]'))
    assert entry.matches("vars create TLS0/ (a) (b)")
    assert not entry.matches("vars create TLS0/ (b) (a)")
    assert not entry.matches("vars create TLS0/ (a)")


@pytest.mark.parametrize(
    "keys",
    [
        {"grade": '"simulated"'},
        {"grade": '"learned"'},
        {"grade": None},
        {"source": None},
        {"source": '""'},
        {"reference": None},
        {"begins": '"config change PBX0 /"'},
        {"begins": '"mod cmd UP1 check"'},
        {"begins": '"vars"'},
        {"begins": '"vars create\\n"'},
        {"drift": '"counts"'},
        {"drift": '"maybe"'},
        {"id": '"Tickets"'},
        {"further": "1"},
    ],
    ids=str,
)
def test_a_wrong_entry_is_refused_with_its_place(tmp_path, keys):
    path = listed(tmp_path, **keys)
    with pytest.raises(RuleDocumentError) as refused:
        volatile_lines(path)
    assert str(path) in refused.value.where


def test_one_that_is_there_twice(tmp_path):
    path = listed(tmp_path)
    path.write_text(path.read_text("utf-8") * 2 + "\n", encoding="utf-8")
    path.write_text(
        "\n".join([path.read_text("utf-8")]).replace('"something"[[', '"something"\n[[')
    )
    with pytest.raises(RuleDocumentError):
        volatile_lines(path)
