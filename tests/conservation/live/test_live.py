"""Whatever happens to a document on its way: nothing passes that did not pass before.

A sample runs with every test; all of it with `make soak`.
"""

from __future__ import annotations

import pytest

from tests.conservation.live.cases import WAYS, cases_at, every_place, sample
from tests.conservation.live.pbx import Audited

SAMPLE = sample()


@pytest.fixture(scope="module")
def audited():
    """Give the PBX of a way; it runs until the tests of this module end."""
    running = {}

    def find(config, way):
        if (config, way) not in running:
            running[config, way] = Audited(config, way).__enter__()
        return running[config, way]

    yield find
    for one in running.values():
        one.__exit__(None, None, None)


def earned(audited, case):
    """Return the controls that pass because of a mutation."""
    pbx = audited(case.config, case.way)
    after, before = pbx.after(case)[case.profile], pbx.before[case.profile]
    return [
        name for name, status in after.items() if status == "passed" and before[name] != "passed"
    ]


@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_no_mutation_earns_a_pass(audited, case):
    assert earned(audited, case) == []


@pytest.mark.soak
@pytest.mark.parametrize("place", list(every_place()), ids="-".join)
def test_no_mutation_of_all_earns_a_pass(audited, place):
    found = {str(case): earned(audited, case) for case in cases_at(*place)}
    assert {case: controls for case, controls in found.items() if controls} == {}


def test_every_way_has_a_case_and_something_to_lose(audited):
    assert {case.way for case in SAMPLE} == set(WAYS)
    for way in WAYS:
        for profile, before in audited("insecure", way).before.items():
            assert "failed" in before.values(), profile
        for profile, before in audited("hardened", way).before.items():
            assert "passed" in before.values(), profile
