"""What a document does not hold is told of a finding, never drawn as a line of it."""

from __future__ import annotations

from dataclasses import replace

from auditor.report.formats.terminal_places import Documents
from tests.report.factory import make_evidence
from tests.report.test_summary import seen_at

FILTER = make_evidence(source="cfg.txt", line=47, object="anna", attribute="filter", via=None)


def test_a_password_that_is_not_there_is_not_drawn():
    lines = seen_at(replace(FILTER, attribute="pwd", value="absent", via=None))
    assert lines[4:6] == ["47 | anna …", "   | ^^^^"]
    assert not any("<password>" in line for line in lines)
    assert "   = note: pwd: absent" in lines


def test_a_setting_that_is_not_there_is_not_drawn_as_a_line():
    words = "config change X /y, not there: wiki"
    evidence = make_evidence(object=None, attribute=words, value="false", line=9, via=None)
    lines = seen_at(evidence, places=Documents(stand={words: ""}))
    assert "  --> cfg.txt:9" in lines
    assert not any(line.startswith(" 9 |") for line in lines)


def test_a_setting_is_drawn_without_what_is_told_of_its_place():
    words = "config change X /y (seen in a script)"
    evidence = make_evidence(object=None, attribute=words, value="1", line=25, via=None)
    lines = seen_at(evidence, places=Documents(stand={words: "config change X /y"}))
    assert "25 | config change X /y 1" in lines
