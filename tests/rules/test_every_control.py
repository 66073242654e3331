"""What holds of each control, whatever it is about, in each of its cases and examples.

They are read once for all of it. What a source does not show lets no control pass, and what decides
nothing changes nothing: a table of users shows the columns that were asked for, so any part of
every object may be missing. What a control says is a sentence, in German too.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from auditor.facts import FactKind, Scope, known_facts
from auditor.messages.message import say
from auditor.model.snapshot import CONTENT, NO_PASSWORD
from auditor.model.vocabulary import Status, Verdict
from auditor.rules.catalogue import load_catalogue
from auditor.sources.parse.known import KNOWN_PARTS
from tests.rules.cases import inputs_of
from tests.rules.harness import explain, judge, read, site_of
from tests.rules.observed import OBSERVED, RENEW, observed
from tests.rules.wording import emptied, faults, said
from tests.rules.words import check_whole, check_words

RULES = load_catalogue(examples=True).rules
# What an object is without a part that is no attribute.
EMPTY: dict[str, dict[str, Any]] = {
    "devices": {"devices": ()},
    "forks": {"forks": ()},
    "cds": {"diversions": ()},
    "allows": {"allowances": ()},
    "pwd": {"password": NO_PASSWORD},
    "pseudo": {"kind": "", "rights": {}, "leads": ()},
    "config": {"templates": ()},
    "e164": {"e164": ""},
}
# Where an object lies is not asked for here: that a node is missing shows only where one is named.
PARTS = sorted(KNOWN_PARTS - {"node", "loc", CONTENT})
# Of these, nothing and what is no value of theirs say nothing. A text may be anything, and a list
# without an entry says something.
DECISIVE = {FactKind.FLAG, FactKind.NUMBER, FactKind.SECRET, FactKind.DATE}
OF_ONE_VALUE = {*DECISIVE, FactKind.TEXT, FactKind.URL}
# What a person states stands where nothing is seen that contradicts it.
STATED = {("RPX-01", "devices"), ("HD-19", "devices"), ("HD-07", "devices"), ("HD-07", "pseudo")}
# What rests on one thing alone does not pass without it, whatever else there is.
OF_ONE_FACT = {"flag-is", "number-is-between", "secret-is-changed", "secret-is-empty"}
OF_ONE_FACT |= {"text-is-one-of", "text-is-set", "url-is-https"}
RESTS_ON = {"certificate-is-valid": "certificate", "key-is-strong": "certificate"}
OPEN = {Status.FAILED, Status.UNKNOWN, Status.MANUAL}
# Where each entry of a list is a subject of its own.
OF_ENTRIES = {"reverse_proxies": "RPX-01"}
NOTE = "hpx8 was noted here"
# With this scope, what is asked of one control is asked together.
EACH = pytest.mark.parametrize("rule", RULES.values(), ids=RULES, scope="module")
# HD-05 has by far the most cases: to judge each again in many ways takes seconds.
EACH_MANY_TIMES = pytest.mark.parametrize(
    "rule",
    [
        pytest.param(rule, marks=pytest.mark.slow if name == "HD-05" else ())
        for name, rule in RULES.items()
    ],
    ids=RULES,
    scope="module",
)


def without(one, part):
    """Return an object as a source delivers it that does not show a part or an attribute."""
    kept = {name: text for name, text in one.attributes.items() if name != part}
    shown = KNOWN_PARTS if one.visible is None else one.visible
    hidden = {part, CONTENT} if part == "pseudo" else {part}
    return one._replace(attributes=kept, visible=shown - hidden, **EMPTY.get(part, {}))


def has(one, part):
    """Return whether an object has a part: what it has not decides no more if it is not shown."""
    empty = EMPTY.get(part, {})
    return part in one.attributes or any(getattr(one, name) != empty[name] for name in empty)


def blinded(snapshot):
    """Yield what was not read, and a snapshot without it."""
    for part in PARTS:
        if part == "h323" or any(has(one, part) for one in snapshot.objects):
            yield part, replace(snapshot, objects=tuple(without(o, part) for o in snapshot.objects))
    for name, setting in snapshot.settings.items():
        kind = known_facts()[name].kind
        seen: list[tuple[str, ...]] = [()] if kind in OF_ONE_VALUE else []
        seen += [("unclear",), (*setting.values, "unclear")] if kind in DECISIVE else []
        for values in seen:
            settings = {**snapshot.settings, name: replace(setting, values=values)}
            yield name, replace(snapshot, settings=settings)
    if snapshot.tls:
        for part, value in (("certificate", None), ("outdated", {}), ("protocol", "")):
            yield (
                part,
                replace(snapshot, tls=tuple(replace(t, **{part: value}) for t in snapshot.tls)),
            )


@cache
def _read_all(name):
    with TemporaryDirectory() as folder:
        found = []
        for number, given in enumerate(inputs_of(RULES[name])):
            place = Path(folder) / str(number)
            place.mkdir()
            found.append((read(given, place), site_of(given)))
        return found


def read_all(rule):
    """Return the snapshot and the site file of each case and example of a control."""
    return _read_all(rule.id)


@EACH_MANY_TIMES
def test_what_is_not_shown_lets_nothing_pass(rule):
    results = []
    for snapshot, site in read_all(rule):
        before = judge(rule, snapshot, site)
        for hidden, blind in blinded(snapshot):
            after = judge(rule, blind, site)
            wrong = f"without {hidden}: {explain(after)}\nbefore: {explain(before)}"
            assert after.status is not Status.ERROR, wrong
            if before.status in OPEN and (rule.id, hidden) not in STATED:
                assert after.status in OPEN, wrong
            if RESTS_ON.get(rule.check) == hidden or (
                rule.check in OF_ONE_FACT and rule.params["fact"] == hidden
            ):
                assert after.status is not Status.PASSED, wrong
            results.append(after)
    check_words(rule, results)
    for result in results:
        for finding in result.findings:
            check_whole(finding.observation)


@EACH
def test_a_source_that_names_all_that_it_shows_is_as_good_as_one_that_shows_all(rule):
    for snapshot, site in read_all(rule):
        objects = tuple(
            one if one.visible is not None else one._replace(visible=KNOWN_PARTS)
            for one in snapshot.objects
        )
        named = judge(rule, replace(snapshot, objects=objects), site)
        assert explain(named) == explain(judge(rule, snapshot, site))


@EACH_MANY_TIMES
def test_what_was_noted_about_a_setting_qualifies_that_it_is_as_it_should_be(rule):
    for snapshot, site in read_all(rule):
        for name, setting in snapshot.settings.items():
            if known_facts()[name].scope is Scope.HANDED_OVER:
                continue  # nobody notes anything about what is typed in
            settings = {**snapshot.settings, name: replace(setting, note=say(NOTE))}
            result = judge(rule, replace(snapshot, settings=settings), site)
            for one in (finding.observation for finding in result.findings):
                is_about = one.subject.id == name or rule.id == OF_ENTRIES.get(name)
                if is_about and one.verdict is Verdict.COMPLIANT:
                    assert NOTE in one.remark, explain(result)


@EACH
def test_every_sentence_of_a_control_is_one(rule):
    sentences = {
        sentence
        for snapshot, site in read_all(rule)
        for one in (snapshot, *emptied(snapshot))
        for sentence in said(judge(rule, one, site), one)
    }
    found = {fault for sentence in sentences for fault in faults(sentence)}
    assert not found, "\n".join(sorted(found))


@EACH
def test_a_control_speaks_german_and_says_all_there_is(rule):
    results = [judge(rule, snapshot, site) for snapshot, site in read_all(rule)]
    check_words(rule, results)
    seen = [finding.observation for result in results for finding in result.findings]
    check_names(rule, seen)
    for one in seen:
        check_whole(one)


def check_names(rule, seen):
    """A finding is new, and its waiver lost, where a property has another name than before."""
    now, before = observed(seen), OBSERVED.get(rule.id, {})
    lost = {kind: sorted(set(names) - set(now.get(kind, ()))) for kind, names in before.items()}
    hint = f"if they are meant to go: `{RENEW} ID={rule.id}`, and say in the changelog what is new"
    assert not any(lost.values()), f"{lost}; {hint}"
