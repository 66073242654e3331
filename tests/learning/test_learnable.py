"""What can be learned is decided where it is learned, whoever asks for it."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.errors import InputError
from auditor.facts import Scope, known_facts
from auditor.learning.entry import Provenance
from auditor.learning.find import FILTER_ROWS
from auditor.learning.learnable import menu_of, provenance_of, question_of
from auditor.learning.question import Question

DAY = date(2026, 11, 30)
LEARNABLE = sorted(
    name for name, fact in known_facts().items() if fact.scope not in {Scope.PEOPLE, Scope.DEVICES}
)
BY_PEOPLE = sorted({*known_facts()} - {*LEARNABLE})


@pytest.mark.parametrize("fact", [*LEARNABLE, FILTER_ROWS])
def test_a_setting_can_be_learned_by_a_marker_and_has_a_menu(fact):
    assert question_of(fact, " 7351 ") == Question(fact, "7351")
    assert menu_of(fact)


@pytest.mark.parametrize("fact", [*BY_PEOPLE, "", "no-such-setting"])
def test_nothing_else_can_be_learned(fact):
    with pytest.raises(InputError) as refused:
        question_of(fact, "7351")
    assert refused.value.where == "--fact"


@pytest.mark.parametrize("fact", [*LEARNABLE, FILTER_ROWS])
@pytest.mark.parametrize("marker", ["", " \t"])
def test_a_marker_is_needed_and_it_says_of_which_kind(fact, marker):
    with pytest.raises(InputError) as refused:
        question_of(fact, marker)
    assert refused.value.where == "--marker"
    assert refused.value.advice


def test_what_stood_there_before_is_part_of_the_question():
    asked = question_of(FILTER_ROWS, "7351", "off", "night")
    assert (asked.before, asked.boolean) == ("off", "night")


def test_somebody_is_named_who_learns_it():
    assert provenance_of(" A. Admin ", DAY) == Provenance("A. Admin", DAY)
    with pytest.raises(InputError) as refused:
        provenance_of("  ", DAY)
    assert refused.value.where == "--by"
