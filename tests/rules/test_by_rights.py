"""The figures of what a PBX decides by rights are those that are measured, and honestly so."""

from __future__ import annotations

import json

import pytest

from auditor.rules.by_rights import figures_file
from tests.by_rights import ALONE, RIGHTS, THROUGH_DEVICES, decided, read_with
from tests.fixtures.pbx import CONFIGURATIONS

FIGURES = json.loads(figures_file().read_text(encoding="utf-8"))


@pytest.mark.parametrize("config", CONFIGURATIONS)
@pytest.mark.parametrize("name", [*RIGHTS, *THROUGH_DEVICES, *ALONE])
def test_they_are_measured(name, config):
    assert decided(config, name) == FIGURES[name][config], "not as measured; run `make docs`"


def test_no_other_set_of_rights_is_told():
    assert FIGURES.keys() == {*RIGHTS, *THROUGH_DEVICES, *ALONE}


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_an_app_alone_decides_nothing_that_an_account_beside_it_does_not(config):
    assert set(FIGURES["TableUsers"][config]) <= set(FIGURES["viewer, TableUsers"][config])


@pytest.mark.parametrize("config", CONFIGURATIONS)
@pytest.mark.parametrize("names", [RIGHTS, THROUGH_DEVICES], ids=["itself", "through Devices"])
def test_more_rights_never_decide_less(config, names):
    fewest, *more = (set(FIGURES[name][config]) for name in names)
    assert all(fewest <= one for one in more)


@pytest.mark.parametrize("config", CONFIGURATIONS)
@pytest.mark.parametrize("name", ["viewer, Admin", "Devices"])
def test_no_name_of_the_simulator_decides_anything(name, config):
    snapshot, _ = read_with(name, config)
    assert snapshot.dialect == "documented"
    used = [one.place for one in snapshot.settings.values()]
    used += [name for one in snapshot.objects for name in (*one.attributes, *one.rights)]
    assert used
    assert not [name for name in used if str(name).casefold().startswith("sim-")]
