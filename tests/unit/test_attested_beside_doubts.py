"""What is attested of any fact, beside what was read of it and is not understood."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.dialects import load_dialect
from auditor.dialects.places import SettingPlace
from auditor.facts import FactKind, known_facts
from auditor.messages.message import say
from auditor.model.attestation import Facts
from auditor.model.snapshot import Gap, Setting, Snapshot
from auditor.model.vocabulary import Coverage, Grade
from auditor.site.attestations import attest
from auditor.sources.parse.configuration import read_configuration

TODAY = date(2026, 11, 22)
VALUES = {
    FactKind.NUMBER: 1,
    FactKind.FLAG: True,
    FactKind.TEXT: "text",
    FactKind.URL: "https://update.example.com",
    FactKind.SECRET: "set",
    FactKind.NETWORKS: ["10.30.0.0/16"],
    FactKind.NAMES: ["name"],
    FactKind.DATE: date(2026, 10, 1),
}
FACTS = sorted(known_facts())
HEAD = "vars check 00\n# 13r3 service-release-02 IP411[13.5202/135202/304]\n# IP411-41-0c-7e\n"
IN_LINES = SettingPlace(place="option", module="MOD0", option="setting", grade=Grade.LEARNED)
IN_ADMIN = SettingPlace(
    place="admin-attribute", element="settings", option="value", grade=Grade.LEARNED
)


def stated(fact):
    value = VALUES[known_facts()[fact].kind]
    entry = {"value": value, "by": "E. Muster", "on": TODAY, "until": TODAY}
    return Facts.model_validate({fact: entry})


def gaps_of(fact, place, text):
    """Return the gaps that a dialect with one place leaves in a configuration."""
    dialect = load_dialect("documented").model_copy(update={"settings": {fact: place}})
    reading = read_configuration([(HEAD + text).encode()], "cfg.txt", dialect)
    assert fact not in reading.settings
    return tuple(gap for gap in reading.gaps if gap.area == fact)


@pytest.mark.parametrize("fact", FACTS)
def test_nothing_that_is_attested_replaces_what_is_not_understood(fact):
    gap = Gap(fact, say("settings that are not understood"), "cfg.txt", 4, doubtful=True)
    attested = attest(Snapshot("t", gaps=(gap,)), stated(fact), TODAY)
    assert fact not in attested.settings
    assert attested.coverage(fact) is Coverage.MISSING
    first, second = attested.gaps_in(fact)
    assert first == gap
    assert "E. Muster" in second.reason


@pytest.mark.parametrize("fact", FACTS)
def test_what_is_attested_fills_what_nothing_shows(fact):
    gap = Gap(fact, say("nobody could look"), "10.1.1.1:23")
    attested = attest(Snapshot("t", gaps=(gap,)), stated(fact), TODAY)
    assert attested.settings[fact].grade is Grade.ATTESTED
    assert attested.coverage(fact) is Coverage.COMPLETE
    assert attested.gaps == ()


@pytest.mark.parametrize("read", [Grade.INFERRED, Grade.SEEN, Grade.DOCUMENTED])
@pytest.mark.parametrize("refused", [(), (Grade.INFERRED, Grade.SEEN), tuple(Grade)])
@pytest.mark.parametrize("value", ["text", "other"])
def test_what_was_read_is_replaced_only_by_the_same_that_counts_more(read, refused, value):
    known = Setting((value,), read, "Devices", note=say("only rolled out"))
    attested = attest(Snapshot("t", settings={"time_server": known}), stated("time_server"), TODAY,
                      refused)  # fmt: skip
    found = attested.settings["time_server"]
    is_better = value == "text" and read in refused and Grade.ATTESTED not in refused
    assert found.grade is (Grade.ATTESTED if is_better else read)
    assert found.values == (value,)
    assert "only rolled out" in str(found.note)


@pytest.mark.parametrize(
    "line",
    [
        "config+change MOD0 /setting 5",
        "config change Mod0 /setting 5",
        "config change MOD0 /Setting 5",
        "config change MOD0 /settin 5",
        "config set MOD0 /x",
        "config set X /setting 5",
        "config rem MOD0",
    ],
)
def test_a_line_that_may_say_it_is_more_than_nothing(line):
    found = gaps_of("logging_type", IN_LINES, f"{line}\n")
    assert found
    assert all(gap.doubtful for gap in found)


@pytest.mark.parametrize("cut", ["config change MOD0 /setting", "config change MO"])
def test_a_line_that_may_have_been_longer_is_more_than_nothing(cut):
    assert gaps_of("logging_type", IN_LINES, cut)


@pytest.mark.parametrize(
    "line", ["config change OTHER0 /x 5\n", "config set SIP0 /x\n", "config change OTHER0 /x"]
)
def test_a_line_about_something_else_says_nothing_of_it(line):
    assert gaps_of("logging_type", IN_LINES, line) == ()


@pytest.mark.parametrize(
    "item",
    [
        '(cn=_ADMIN_)(pbx=<user><setting value="5"/></user>)',
        '(cn=_ADMIN_)(pbx=<user><Settings value="5"/></user>)',
        '(cn=_ADMIN_)(pbx=<user><settings Value="5"/></user>)',
        '(cn=_ADMIN_)(pbx=<user><settings valu="5"/></user>)',
        '(cn=_ADMIN_)(pbx=<user><settings value="5"></user>)',
        "(cn=_ADMIN_)(guid=1)",
        "(cn=_ADMIN_)",
    ],
)
def test_a_part_of_the_admin_object_that_may_say_it(item):
    found = gaps_of("logging_type", IN_ADMIN, f"mod cmd FLASHDIR0 add-item 101 {item}\n")
    assert found
    assert all(gap.doubtful for gap in found)


def test_a_part_of_the_admin_object_about_something_else():
    item = '(cn=_ADMIN_)(pbx=<user><other value="5"/></user>)'
    line = f"mod cmd FLASHDIR0 add-item 101 {item}\n"
    assert gaps_of("logging_type", IN_ADMIN, line) == ()


def test_two_facts_in_one_element_are_both_in_doubt():
    other = IN_ADMIN.model_copy(update={"option": "server"})
    places = {"logging_type": IN_ADMIN, "time_server": other}
    dialect = load_dialect("documented").model_copy(update={"settings": places})
    text = 'mod cmd FLASHDIR0 add-item 101 (cn=_ADMIN_)(pbx=<user><setting value="5"/></user>)\n'
    reading = read_configuration([(HEAD + text).encode()], "cfg.txt", dialect)
    assert {gap.area for gap in reading.gaps if gap.doubtful} >= set(places)
