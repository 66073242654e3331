"""Controls and subjects in groups: in which order, under which name, in both languages."""

from __future__ import annotations

import pytest

from auditor.messages.languages import LANGUAGES
from auditor.report.html.grouping import anchor, by_subject, groupings, natural
from auditor.report.sentences import Sentences
from auditor.report.translation import plain
from tests.report.factory import make_observation, make_report, make_result

MAPPINGS = {"ISO 27001": ["A16", "A8"], "BSI": ["x"]}
RESULTS = [
    make_result("HD-01", "failed", severity="low", mappings=MAPPINGS, observations=[
        make_observation("anna"), make_observation("bert", waived=True),
    ]),
    make_result("HD-02", "failed", severity="critical", mappings={}, observations=[
        make_observation("anna"), make_observation("carl"), make_observation("dora", "compliant"),
    ]),
    make_result("HD-03", "failed", severity="low", mappings={}, observations=[
        make_observation("emil"),
    ]),
]  # fmt: skip


def test_subjects_come_with_the_worst_first_and_without_what_was_accepted():
    rows = by_subject(RESULTS)
    assert [row.name for row in rows] == ["anna", "carl", "emil"]
    assert [[one.id for one in row.results] for row in rows] == [
        ["HD-02", "HD-01"],
        ["HD-02"],
        ["HD-03"],
    ]
    assert {row.kind for row in rows} == {make_observation("anna").subject_kind}


def test_groups_are_named_in_each_language_and_hold_the_places_of_controls():
    found = groupings(RESULTS, by_subject(RESULTS), Sentences(make_report(*RESULTS)))
    names = [one.name for one in found]
    assert names == ["severity", "area", "subject", "framework-0", "framework-1"]
    assert [plain(one.label, "en") for one in found[:3]] == ["Severity", "Area", "Subject"]
    assert all(plain(one.label, "de") != plain(one.label, "en") for one in found[:1])
    assert [str(one.label) for one in found[3:]] == ["BSI", "ISO 27001"]
    severity, area, subject, bsi, iso = (one.groups for one in found)
    assert [places for _, places in severity] == [[1], [0, 2]]
    assert [label["en"] for label, _ in severity] == ["critical", "low"]
    assert [places for _, places in area] == [[0, 1, 2]]
    assert [(label["en"], places) for label, places in subject] == [
        ("anna", [1, 0]),
        ("carl", [1]),
        ("emil", [2]),
    ]
    assert [(label["en"], places) for label, places in bsi] == [("x", [0])]
    assert [(label["en"], places) for label, places in iso] == [("A8", [0]), ("A16", [0])]
    for one in found:
        assert all(label.keys() == set(LANGUAGES) for label, _ in one.groups)
        assert all(text for label, _ in one.groups for text in label.values())


@pytest.mark.parametrize(
    "names", [["A8", "A16"], ["1.2", "1.10"], ["A", "A1", "B"], ["8", "A"], ["A1a", "A1b"]]
)
def test_requirements_come_in_natural_order(names):
    assert sorted([*names[1:], names[0]], key=natural) == names


def test_the_place_of_a_control_in_the_page_has_no_odd_characters():
    assert anchor(make_result("HD-01")) == "control-HD-01"
    assert anchor(make_result("x <y>/" + "z" * 60)) == "control-x-y-" + "z" * 36
