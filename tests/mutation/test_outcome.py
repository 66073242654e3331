"""The bookkeeping of the mutation run; `make mutate` is the run itself."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import settings

from tests.mutation.__main__ import ROOT, main
from tests.mutation.mutants import Mutant, changed_lines, dotted, key_of, plain
from tests.mutation.outcome import (
    End,
    Outcome,
    draw,
    equivalents,
    groups,
    survivors,
    table,
    without,
)

MUTANTS = [Mutant(f"m.x_f__mutmut_{n}", "m.f", f"- a\n+ a{n}") for n in range(100)]


def outcome(**counts):
    ends = [End(name.replace("_", " ")) for name, count in counts.items() for _ in range(count)]
    return Outcome("parse", 900, dict(zip(MUTANTS, ends, strict=False)), 2)


def test_the_same_seed_draws_the_same_whatever_the_order():
    assert draw("g", MUTANTS, 10, 3) == draw("g", reversed(MUTANTS), 10, 3)


@pytest.mark.parametrize(("group", "seed"), [("g", 4), ("h", 3)])
def test_another_seed_or_group_draws_others(group, seed):
    assert draw("g", MUTANTS, 10, 3) != draw(group, MUTANTS, 10, seed)


def test_a_sample_is_never_larger_than_what_there_is_and_has_none_twice():
    drawn = draw("g", MUTANTS, 1000, 1)
    assert sorted(drawn, key=MUTANTS.index) == MUTANTS


def test_an_equivalent_is_known_by_function_and_diff_not_by_number():
    known = {("m.f", "- a\n+ a7"): "reason", ("m.g", "- a\n+ a8"): "another function"}
    renumbered = [Mutant("m.x_f__mutmut_99", "m.f", "- a\n+ a7"), MUTANTS[8]]
    assert without(renumbered, known) == ([MUTANTS[8]], 1)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"killed": 3, "survived": 1}, 75.0),
        ({"killed": 2, "timed_out": 1, "survived": 1}, 75.0),
        ({"survived": 2}, 0.0),
        ({}, 100.0),
    ],
)
def test_what_hangs_is_noticed_and_what_survives_is_not(counts, expected):
    assert outcome(**counts).per_cent == expected


def test_the_table_counts_the_equivalents_as_sampled():
    head, row = table([outcome(killed=3, survived=1)]).splitlines()
    cells = dict(zip([*head.split()[:4], "killed", "survived"], row.split(), strict=False))
    assert cells == {
        "group": "parse",
        "mutants": "900",
        "sampled": "6",
        "equivalent": "2",
        "killed": "3",
        "survived": "1",
    }


def test_survivors_are_written_as_equivalents_are_read():
    lived = Mutant("m.x_f__mutmut_1", "m.f", "- a = \"b\"\n+ a = 'b'")
    text = survivors([Outcome("g", 1, {lived: End.SURVIVED, MUTANTS[0]: End.KILLED}, 0)])
    assert list(equivalents(text)) == [(lived.function, lived.diff)]


def test_a_diff_names_only_what_changed_whatever_the_indentation():
    before = ["def f():", "    if a:", "        return 1", "    return 2"]
    after = ["def f():", "    if a:", "        return 2", "    return 2"]
    assert changed_lines(before, after) == "- return 1\n+ return 2"


@pytest.mark.parametrize(
    ("mangled", "name"),
    [
        ("x_f__mutmut_1", "f"),
        ("x__f__mutmut_12", "_f"),
        ("xǁAǁ__init____mutmut_orig", "A.__init__"),
    ],
)
def test_a_mutant_is_named_after_its_function(mangled, name):
    assert plain(mangled) == name
    assert key_of(f"a.b.{mangled}") == f"a.b.{mangled.partition('__mutmut_')[0]}"


@pytest.mark.parametrize(
    ("path", "name"), [("a/b.py", "a.b"), ("a/b/__init__.py", "a.b"), ("a.py", "a")]
)
def test_a_module_is_named_as_it_is_imported(path, name):
    assert dotted(path) == name


@pytest.mark.parametrize("name", groups())
def test_what_a_group_names_is_there(name):
    group = groups()[name]
    for path in (*group.modules, *group.tests):
        assert (ROOT / path).exists(), path


def test_each_equivalent_has_a_reason_and_is_there_once():
    text = (ROOT / "tests/mutation/equivalents.toml").read_text("utf-8")
    entries = tomllib.loads(text).get("equivalent", [])
    assert len(equivalents()) == len(entries)
    assert all(len(reason) > 10 for reason in equivalents().values())


def test_an_unknown_group_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["no-such-group"])
    assert ended.value.code == 2
    assert "no-such-group" in capsys.readouterr().err


def test_examples_are_those_of_the_suite_but_the_same_each_time():
    mutation, suite = (settings.get_profile(name) for name in ("mutation", "ci"))
    assert mutation.derandomize
    assert mutation.max_examples == suite.max_examples
    assert mutation.deadline == suite.deadline
