"""The defects are what they say: their controls fail, those of the healthy PBX pass."""

from __future__ import annotations

from functools import cache

import pytest

from tests.conservation.evidence import FORMS, evidence_of
from tests.conservation.judging import VIEWS, judge
from tests.conservation.mutations import mutation
from tests.conservation.systems import names_of_systems, system_of

DEFECTS = [name for name in names_of_systems() if system_of(name).sound is not None]


@cache
def _healthy():
    healthy = evidence_of("hardened", "configuration")
    return judge(healthy, healthy.files, "fitting").statuses


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_violates_its_controls_and_they_pass_without_it(name):
    evidence = evidence_of(name, "configuration")
    found = judge(evidence, evidence.files, "fitting").statuses
    passed = _healthy()
    assert {found[control] for control in evidence.controls} <= {"failed"}
    allowed = {"passed", "manual"} | (
        {"unknown"} if name in {"FW-01-older", "PBX-05-weak"} else set()
    )
    assert {passed[control] for control in evidence.controls} <= allowed


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("view", VIEWS)
def test_healthy_evidence_of_each_form_is_read(form, view):
    healthy = evidence_of("hardened", form)
    found = judge(healthy, healthy.files, view)
    assert not found.crash
    assert not found.refused


def test_the_same_number_is_the_same_mutation():
    assert mutation("HD-10-temp", 5) == mutation("HD-10-temp", 5)
