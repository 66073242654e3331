"""What Devices rolls out beside a box and a person: no finding is hidden, nothing good is opened.

The table goes over each fact, to whom it is told, and what others say; the verdict is that of the
whole audit.
"""

from __future__ import annotations

from typing import Any

import pytest

from auditor.dialects import load_dialect
from auditor.facts import known_facts
from auditor.model.attestation import Facts
from auditor.model.snapshot import Box, Setting
from auditor.model.vocabulary import Grade
from auditor.sources.live.app_socket.questions import SILENT
from auditor.sources.parse.device_configs import read_device_configs, with_problems
from auditor.sources.parse.device_values import DeviceConfig
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.assemble import Batch, assemble
from tests.fixtures.pbx import TODAY, judge, site_of, statuses

DIALECT = load_dialect("documented")
OPEN_PHONE = {"protectCfg": False, "hideCompleteCfg": False}
BARE = {"turnServer": "turn.pub.example", "turnUser": "", "turnPassword": ""}
LOGIN = {"turnServer": "turn.pub.example", "turnUser": "u", "turnPassword": "aa11"}
OWN = {"turnServer": "turn.example", "turnUser": "u", "turnPassword": "aa11"}
NO_TURN = {"turn_server": "none"}
TURN = {"turn_server": "turn.example", "turn_username": "u", "turn_password": "set"}
BARE_TURN = TURN | {"turn_username": "", "turn_password": "empty"}
OF_PEOPLE = {"turn_password_own": True}


def rolled(kind, values, *to):
    """Return the same values told to all, or to categories, one for each of `to`."""
    return [
        DeviceConfig(number, kind, for_all=one == "all", values=values)
        for number, one in enumerate(to, 1)
    ]


def verdict(rule, configs, box=None, person=None, problems=()):
    """Return the status of a control by what is rolled out, shown, and attested."""
    shown = {
        fact: Setting((value,), Grade.DOCUMENTED, "cfg.txt", 3)
        for fact, value in (box or {}).items()
    }
    here = Box("Werk", "IP411", "13r3 final", "00-90-33-00-00-01")
    cfg = Reading("cfg.txt", "configuration", settings=shown, box=here, states_settings=True)
    (others,) = read_device_configs(configs, DIALECT)
    with_problems(others, problems)
    stated = {
        name: {"value": value, "by": "E. Muster", "on": TODAY, "until": TODAY}
        for name, value in ((OF_PEOPLE if box or person else {}) | (person or {})).items()
        if value is not None
    }
    site = site_of().model_copy(update={"facts": Facts.model_validate(stated)})
    snapshot = assemble(Batch([cfg, others], (), DIALECT), site, None)
    return statuses(judge(snapshot, site, [rule], profile="baseline"))[rule]


PROTECTED = {"phone_configuration_protected": True}
ENCRYPTED = {"media_encryption": True}
BAD = [
    ("ADM-11", "PHONE", OPEN_PHONE, PROTECTED),
    ("ADM-11", "PHONE", {"protectCfg": False}, PROTECTED),
    ("ADM-11", "PHONE", {"protectCfg": "false"}, PROTECTED),
    ("TLS-04", "PHONE", {"srtpKey": "4"}, ENCRYPTED),
    ("TLS-04", "PHONE", {"srtpKey": 4}, ENCRYPTED),
    ("TLS-04", "FXS_PHONE", {"srtpKey": "4"}, ENCRYPTED),
    ("RPX-07", "MEDIA", BARE, NO_TURN),
    ("RPX-07", "MEDIA", {"turnServer": "turn.pub.example"}, NO_TURN),
    ("RPX-07", "MEDIA", {"turnServer": "turn:turn.pub.example?transport=udp"}, NO_TURN),
    ("RPX-07", "MEDIA", {"turnServer": "none"}, NO_TURN),
    ("RPX-07", "MEDIA", {"turnServer": ["turn.pub.example"]}, NO_TURN),
    ("RPX-07", "MEDIA", BARE, TURN),
    ("RPX-07", "MEDIA", {"turnServer": "turn.pub.example"}, TURN),
    ("RPX-07", "MEDIA", OWN | {"turnPassword": ""}, TURN),
    ("RPX-07", "MEDIA", OWN | {"turnUser": ""}, TURN),
]  # fmt: skip
TO = [("all",), ("some",), ("some", "some"), ("some", "all")]
# What is good, told to all beside what is bad for some, and the other way round.
GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "ADM-11": ("PHONE", {"protectCfg": True, "hideCompleteCfg": True}),
    "TLS-04": ("PHONE", {"srtpKey": "0"}),
    "RPX-07": ("MEDIA", OWN),
}


def as_shown(stated):
    return {k: {True: "true", False: "false"}.get(v, v) for k, v in stated.items()}


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize(("rule", "kind", "values", "good"), BAD)
class TestFindings:
    def test_a_box_hides_none(self, rule, kind, values, good, to):
        assert verdict(rule, [], box=as_shown(good)) == "passed"
        assert verdict(rule, rolled(kind, values, *to), box=as_shown(good)) != "passed"

    def test_a_person_hides_none(self, rule, kind, values, good, to):
        assert verdict(rule, [], person=good) == "passed"
        assert verdict(rule, rolled(kind, values, *to), person=good) != "passed"

    def test_what_others_are_told_hides_none(self, rule, kind, values, good, to):
        other, fine = GOOD[rule]
        for whose in ("all", "some"):
            configs = [*rolled(kind, values, *to), DeviceConfig(9, other, whose == "all", fine)]
            for mixed in (configs, configs[::-1]):
                assert verdict(rule, mixed, person=good) != "passed"
                assert verdict(rule, mixed, box=as_shown(good)) != "passed"

    def test_nor_values_that_did_not_come(self, rule, kind, values, good, to):
        unread = DeviceConfig(9, kind, for_all=True, values=None)
        assert verdict(rule, [unread, *rolled(kind, values, *to)], person=good) != "passed"

    def test_nor_a_list_that_is_not_whole(self, rule, kind, values, good, to):
        assert verdict(rule, rolled(kind, values, *to), person=good, problems=[SILENT]) != "passed"


BOX_BAD = [
    ("ADM-11", {"phone_configuration_protected": False}, OPEN_PHONE),
    ("TLS-04", {"media_encryption": False}, {"srtpKey": "4"}),
    ("RPX-07", BARE_TURN, BARE | {"turnServer": "turn.example"}),
]


@pytest.mark.parametrize("to", ["some", "all"])
@pytest.mark.parametrize(("rule", "bad", "worse"), BOX_BAD)
def test_what_fails_on_the_box_stays_so(rule, bad, worse, to):
    """Told well to some only, or as badly to all; what contradicts the box is open."""
    kind, fine = GOOD[rule]
    assert verdict(rule, [], box=as_shown(bad)) == "failed"
    if to == "some":
        assert verdict(rule, rolled(kind, fine, to), box=as_shown(bad)) == "failed"
    assert verdict(rule, rolled(kind, worse, to), box=as_shown(bad)) == "failed"


NEUTRAL = [
    ("ADM-11", *GOOD["ADM-11"], PROTECTED),
    ("TLS-04", *GOOD["TLS-04"], ENCRYPTED),
    ("RPX-07", *GOOD["RPX-07"], TURN),
    ("RPX-07", "MEDIA", {"turnServer": "", "turnUser": "", "turnPassword": ""}, NO_TURN),
    ("RPX-07", "MEDIA", {"turnServer": " ", "turnUser": ""}, NO_TURN),
    ("RPX-07", "MEDIA", {"stunServer": "stun.example"}, TURN),
    ("LOG-01", "ALARM_SERVER", {"logUrl": "https://log.example/x"}, {"logging_type": "HTTPS"}),
    ("LOG-03", "ALARM_SERVER", {"url": "http://a.example"}, {"alarm_forward_server": "a.example"}),
    ("LOG-04", "NTP", {"ntp1": "10.0.0.1"}, {"time_server": "10.0.0.1"}),
]


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize(("rule", "kind", "values", "good"), NEUTRAL)
def test_what_is_good_stays_so(rule, kind, values, good, to):
    assert verdict(rule, rolled(kind, values, *to), box=as_shown(good)) == "passed"
    assert verdict(rule, rolled(kind, values, *to), person=good) == "passed"


@pytest.mark.parametrize(
    ("rule", "kind", "values", "good"),
    [
        ("RPX-07", "MEDIA", LOGIN, TURN),
        ("LOG-01", "ALARM_SERVER", {"logUrl": "http://l.example/x"}, {"logging_type": "TCP"}),
        ("LOG-03", "ALARM_SERVER", {"url": "http://b.example"}, {"alarm_forward_server": "a"}),
        ("LOG-04", "NTP", {"ntp1": "10.0.0.2"}, {"time_server": "10.0.0.1"}),
    ],
)
def test_another_good_one_of_some_devices_opens_nothing(rule, kind, values, good):
    for to in (("some",), ("some", "some")):
        assert verdict(rule, rolled(kind, values, *to), box=good) == "passed"
        assert verdict(rule, rolled(kind, values, *to), person=good) == "passed"
    assert verdict(rule, rolled(kind, values, "all"), box=good) == "unknown"


@pytest.mark.parametrize(("rule", "kind", "values", "good"), BAD)
def test_alone_what_some_are_told_decides_nothing(rule, kind, values, good):
    assert verdict(rule, [], box=as_shown(good)) == "passed"
    assert verdict(rule, rolled(kind, values, "some")) == "unknown"


@pytest.mark.parametrize("word", ["none", "OFF", "unclear"])
def test_a_box_that_says_a_word_of_ours_may_mean_a_server(word):
    """In a configuration no word is known to mean that there is none; a person may use it."""
    server = known_facts()["turn_server"].reduce(word)
    login = {"turn_username": "", "turn_password": "empty"}
    assert verdict("RPX-07", [], box={"turn_server": server} | login) == "unknown"
    assert verdict("RPX-07", [], box={"turn_server": server}, person=NO_TURN) == "unknown"
    assert verdict("RPX-07", [], box=TURN | {"turn_server": server}) == "passed"
    assert verdict("RPX-07", [], box={"turn_server": known_facts()["turn_server"].reduce("")}) == (
        "passed"
    )


@pytest.mark.parametrize("to", TO)
def test_a_server_with_a_login_is_none_that_is_not_there(to):
    """Whether nothing else has its password, only a person can state."""
    configs = rolled("MEDIA", LOGIN, *to)
    assert verdict("RPX-07", configs, box=NO_TURN) == "unknown"
    assert verdict("RPX-07", configs, person=NO_TURN | {"turn_password_own": None}) == "unknown"
