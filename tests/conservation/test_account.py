"""The account adds up: counted here without any parser of the auditor, and counted by it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from auditor.model.account import Unit
from tests.conservation.evidence import evidence_of
from tests.conservation.judging import judge
from tests.conservation.systems import names_of_systems


def _counted(form: str, content: bytes) -> Mapping[Unit, int]:
    if form == "configuration":
        lines = content.removesuffix(b"\n").split(b"\n")
        objects = [line for line in lines if b" add-item 101 (" in line]
        return {Unit.LINES: len(lines), Unit.OBJECT_LINES: len(objects)}
    if form == "export":
        return {Unit.ELEMENTS: content.count(b"<user ")}
    return {Unit.MESSAGES: len(json.loads(content))}


def _accounted(evidence, files):
    judged = judge(evidence, files, "fitting")
    assert not judged.crash
    ((_, _, account),) = judged.account
    return {tally.unit: tally.total for tally in account}, account


def _cut(form, content):
    """Return each document with one of its objects gone, as far as a format can lose one."""
    lines = content.splitlines(keepends=True)
    if form == "messages":
        return json.dumps(json.loads(content)[1:]).encode()
    return b"".join(line for line in lines if b"s.baecker" not in line)


@pytest.mark.parametrize("form", ["configuration", "export", "messages"])
@pytest.mark.parametrize("name", names_of_systems()[::4])
def test_every_piece_is_accounted_for(name, form):
    evidence = evidence_of(name, form)
    if len(evidence.files) > 1:
        pytest.skip("several documents")
    ((file, content),) = evidence.files.items()
    for data in (content, _cut(form, content)):
        totals, account = _accounted(evidence, {file: data})
        counted = _counted(form, data)
        assert {unit: totals[unit] for unit in counted} == counted
        assert [tally.not_understood for tally in account] == [0] * len(account)
