"""The figures of what a PBX decides by rights are those that are measured, and honestly so."""

from __future__ import annotations

import json

import pytest

from auditor.rules.by_rights import figures_file
from tests.by_rights import RIGHTS, decided, read
from tests.fixtures.pbx import CONFIGURATIONS

FIGURES = json.loads(figures_file().read_text(encoding="utf-8"))


@pytest.mark.parametrize("config", CONFIGURATIONS)
@pytest.mark.parametrize("name", RIGHTS)
def test_they_are_measured(name, config):
    """`python -m tests.by_rights` writes them, then `make docs`."""
    assert decided(config, RIGHTS[name]) == FIGURES[name][config]


def test_no_other_set_of_rights_is_told():
    assert FIGURES.keys() == RIGHTS.keys()


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_more_rights_never_decide_less(config):
    viewer, *more = (set(figures[config]) for figures in FIGURES.values())
    assert all(viewer <= one for one in more)


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_no_name_of_the_simulator_decides_anything(config):
    snapshot, _ = read(config, RIGHTS["viewer, Admin"])
    assert snapshot.dialect == "documented"
    used = [one.place for one in snapshot.settings.values()]
    used += [name for one in snapshot.objects for name in (*one.attributes, *one.rights)]
    assert used
    assert not [name for name in used if str(name).casefold().startswith("sim-")]
