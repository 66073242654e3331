"""Which message a text was made from."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import auditor
from auditor.messages.recognition import recognised

TEMPLATES = ["filter {name} lets {what} out", "calls"]


@settings(deadline=None, derandomize=True, database=None)
@given(name=st.text(), what=st.text())
def test_what_is_recognised_says_the_same(name, what):
    text = f"filter {name} lets {what} out"
    found = recognised(text, TEMPLATES)
    assert bool(found) is bool(name and what)
    assert all(one == text for one in found)


def test_the_template_that_leaves_least_open_is_recognised():
    assert [one.template for one in recognised("a b", ["{x}", "a {x}"])] == ["a {x}", "{x}"]
    assert recognised("c", ["a {x}"]) == []


def test_only_readers_of_what_earlier_programs_wrote_recognise_anything():
    package = Path(auditor.__file__).parent
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "messages.recognition" in path.read_text(encoding="utf-8")
    }
    assert users == {"report/old_report.py", "sources/snapshot/old_schemas.py"}
