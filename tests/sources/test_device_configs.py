"""What Devices rolls out, as facts: a case table, never more than inferred, never a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.dialects import load_dialect
from auditor.model.account import Unit
from auditor.model.vocabulary import Grade
from auditor.sources.live.app_socket.questions import SILENT
from auditor.sources.parse.device_configs import (
    ALARMS,
    KINDS,
    LOGGING,
    MEDIA_ENCRYPTION,
    PHONES_PROTECTED,
    ROLLED_OUT_FACTS,
    TIME,
    TURN,
    TURN_PASSWORD,
    TURN_USER,
    only_of,
    read_device_configs,
    with_problems,
)
from auditor.sources.parse.device_values import DeviceConfig

DIALECT = load_dialect("documented")
TURNS = {"turnServer": "turn.example.com", "turnUser": "t", "turnPassword": "aa11"}
OFF = {"protectCfg": False, "hideCompleteCfg": False}


def to_all(kind, number=1, **values):
    return DeviceConfig(number, kind, for_all=True, values=values)


def to_some(kind, number=2, **values):
    return DeviceConfig(number, kind, for_all=False, values=values)


def unread(kind):
    return DeviceConfig(3, kind, for_all=False, values=None)


def read(*configs):
    *scripts, others = read_device_configs(configs, DIALECT)
    return others, scripts


def shown(*configs):
    """Return values by fact, and which facts are open."""
    others, _ = read(*configs)
    assert others.settings == {}
    assert all(one.grade is Grade.INFERRED for one in others.rolled_out.values())
    assert all(one.note for one in others.rolled_out.values())
    return {f: one.values for f, one in others.rolled_out.items()}, set(others.unanswered)


class TestFacts:
    @pytest.mark.parametrize(
        ("configs", "values"),
        [
            ([to_all("NTP", ntp1="10.0.0.1", ntp2="", tz="x")], {TIME: ("10.0.0.1",)}),
            ([to_all("NTP", ntp1="", ntp2="NTP.Example.com")], {TIME: ("ntp.example.com",)}),
            (
                [to_all("NTP", ntp1="10.0.0.1"), to_some("NTP", ntp1="10.0.0.2")],
                {TIME: ("10.0.0.1", "10.0.0.2")},  # any box may be one of the some
            ),
            (
                [to_all("ALARM_SERVER", url="https://u:canary@ap.example:8443/x?t=canary",
                        logUrl="http://ap.example/log", setLogUrl=True)],
                {ALARMS: ("ap.example:8443",), LOGGING: ("HTTP",)},
            ),
            (
                [to_all("ALARM_SERVER", url="ap.example", logUrl="HTTPS://ap.example/log")],
                {ALARMS: ("ap.example",), LOGGING: ("HTTPS",)},
            ),
            (
                [to_all("MEDIA", **TURNS)],
                {TURN: ("turn.example.com",), TURN_USER: ("t",), TURN_PASSWORD: ("set",)},
            ),
            (
                [to_all("MEDIA", **TURNS | {"turnUser": "", "turnPassword": ""})],
                {TURN: ("turn.example.com",), TURN_USER: ("",), TURN_PASSWORD: ("empty",)},
            ),
            ([to_all("PHONE", protectCfg=True)], {PHONES_PROTECTED: ("true",)}),
            ([to_all("PHONE", **OFF | {"hideCompleteCfg": True})], {PHONES_PROTECTED: ("true",)}),
            ([to_all("PHONE", **OFF)], {PHONES_PROTECTED: ("false",)}),
            ([to_all("PHONE", **OFF), to_some("PHONE", **OFF)], {PHONES_PROTECTED: ("false",)}),
            ([to_all("PHONE", srtpKey="4")], {MEDIA_ENCRYPTION: ("false",)}),
            (
                [to_all("PHONE", srtpKey=4), to_some("FXS_PHONE", srtpKey="4")],
                {MEDIA_ENCRYPTION: ("false",)},
            ),
        ],
    )  # fmt: skip
    def test_what_all_devices_are_told(self, configs, values):
        found, _ = shown(*configs)
        assert found == values

    @pytest.mark.parametrize(
        ("configs", "fact"),
        [
            ([to_some("NTP", ntp1="10.0.0.1")], TIME),
            ([to_all("NTP", ntp1="", ntp2="")], TIME),
            ([to_all("NTP")], TIME),
            ([to_all("NTP", ntp1=7)], TIME),
            ([to_all("NTP", ntp1="10.0.0.1"), to_some("NTP", ntp1="")], TIME),
            ([to_all("NTP", ntp1="10.0.0.1"), unread("NTP")], TIME),
            ([to_all("NTP", ntp1="a b")], TIME),
            ([to_all("NTP", ntp1="0.0.0.0")], TIME),  # noqa: S104
            ([to_all("NTP", ntp1="10.0.0.1", ntp2="::")], TIME),
            ([to_all("ALARM_SERVER", url="http://0.0.0.0/")], ALARMS),
            ([to_all("ALARM_SERVER", url="")], ALARMS),
            ([to_all("ALARM_SERVER", logUrl="https://0.0.0.0/log")], LOGGING),
            ([to_all("MEDIA", **TURNS | {"turnServer": "none"})], TURN),  # no word of a box
            ([to_all("MEDIA", **TURNS | {"turnServer": "turn:OFF"})], TURN),
            ([to_all("MEDIA", **TURNS | {"turnServer": " Off "})], TURN),
            ([to_all("MEDIA", **TURNS | {"turnServer": "0.0.0.0:3478"})], TURN),
            ([to_all("ALARM_SERVER", url="http://")], ALARMS),
            ([to_all("ALARM_SERVER", url="http://[")], ALARMS),
            ([to_all("ALARM_SERVER", logUrl="")], LOGGING),
            ([to_all("ALARM_SERVER", logUrl="ap.example/log")], LOGGING),
            ([to_all("ALARM_SERVER", logUrl="ftp://ap.example/log")], LOGGING),
            ([to_all("ALARM_SERVER", logUrl="https://a.example", setLogUrl=False)], LOGGING),
            ([to_all("ALARM_SERVER", logUrl="https://a.example", setLogUrl="false")], LOGGING),
            ([to_all("ALARM_SERVER", logUrl="https://a.example", setLogUrl=0)], LOGGING),
            ([to_all("ALARM_SERVER", logUrl="https://a.example", setLogUrl=None)], LOGGING),
            ([to_some("MEDIA", **TURNS)], TURN),
            ([to_all("MEDIA", **TURNS), unread("MEDIA")], TURN),
            ([to_all("MEDIA", stunServer="s.example"), unread("MEDIA")], TURN),
            ([to_all("MEDIA", **TURNS), to_some("MEDIA", turnServer=7)], TURN),
            ([to_all("MEDIA", **TURNS), to_some("MEDIA", turnServer=["t.example"])], TURN),
            ([to_all("MEDIA", turnServer="t.example", turnPassword="x")], TURN_USER),
            ([to_all("MEDIA", turnServer="t.example", turnUser="x")], TURN_PASSWORD),
            ([to_all("PHONE", srtpKey="0")], MEDIA_ENCRYPTION),
            ([to_all("PHONE", srtpKey="4"), to_some("PHONE", srtpKey="0")], MEDIA_ENCRYPTION),
            ([to_all("PHONE", srtpKey="4"), to_some("FXS_PHONE", srtpKey=2)], MEDIA_ENCRYPTION),
            ([to_all("PHONE", srtpKey="5")], MEDIA_ENCRYPTION),
            ([to_all("PHONE", srtpKey=True)], MEDIA_ENCRYPTION),
            ([to_all("PHONE", srtpKey="4"), unread("PHONE")],
             MEDIA_ENCRYPTION),
        ],
    )  # fmt: skip
    def test_what_leaves_it_open(self, configs, fact):
        found, unanswered = shown(*configs)
        assert fact not in found
        assert fact in unanswered

    @pytest.mark.parametrize(
        "configs",
        [
            [],
            [to_all("MEDIA", turnServer="", turnUser="", turnPassword="")],
            [to_all("MEDIA", stunServer="s.example")],
            [to_some("PHONE", srtpKey="4", **OFF)],
            [to_all("FXS_PHONE", srtpKey="4", protectCfg=True)],
            [to_all("PHONE", protectCfg=False)],
            [to_all("PHONE", protectCfg="true", hideCompleteCfg=1)],
            [to_all("PHONE", **OFF), to_some("PHONE", protectCfg=True)],
            [to_all("PHONE", protectCfg=True), to_some("PHONE", **OFF)],
            [to_all("PHONE", protectCfg=True), unread("PHONE")],
        ],
    )
    def test_what_says_nothing(self, configs):
        assert shown(*configs)[0] == {}

    def test_a_list_that_is_not_whole_decides_nothing(self):
        others, _ = read(to_all("NTP", ntp1="10.0.0.1"), to_all("PHONE", **OFF))
        with_problems(others, [SILENT])
        assert others.rolled_out == {}
        assert others.unanswered.keys() == {*ROLLED_OUT_FACTS, MEDIA_ENCRYPTION}
        assert others.notes == [SILENT]
        assert [one.is_unclear for one in others.scripted] == [True]  # a script may be missing


class TestScripts:
    def test_registrations_and_nothing_else(self):
        text = (
            "vars check 1\n# 13r3 sr2 IP411[13.5202/135202/304], Bootcode[1], HW[1], "
            "Serial-Number[00-90-33-00-00-01]\nconfig change NTP0 /addr 10.9.9.9\n"
            "config add PHONE SIG /h323 hot-desk-base /gk-pwd s3cret\n"
            "mod cmd FLASHDIR0 add-item 101 (cn=Eve)(guid=0011)(h323=eve)(pbx=<user/>)\n"
        )
        _, [script] = read(to_all("EXPERT", 6, script=text))
        assert [(one.h323, one.secret, one.line) for one in script.scripted] == [
            ("hot-desk-base", "s3cret", 4)
        ]
        assert (script.objects, script.settings, script.box) == ([], {}, None)
        assert not script.states_settings
        assert "s3cret" not in repr(script)

    @pytest.mark.parametrize(
        ("values", "is_unclear"),
        [
            (None, True),
            ({}, True),
            ({"script": 7}, True),
            ({"script": "config add PHONE SIG /h323 a /h323 b /gk-pwd x"}, True),
            ({"script": "nothing that is known /gk-pwd x"}, True),
            ({"script": ""}, False),
            ({"script": "# only words"}, False),
            ({"script": "config change PHONE APP-CTL /lang de"}, False),
        ],
    )
    def test_one_that_may_register_anybody(self, values, is_unclear):
        _, [script] = read(DeviceConfig(6, "EXPERT", for_all=True, values=values))
        assert any(one.is_unclear for one in script.scripted) is is_unclear

    @pytest.mark.parametrize("end", ["", " ", "\r"])
    def test_one_that_may_be_cut_off_before_the_password(self, end):
        text = f"config add PHONE SIG /h323 a /gk-pwd x\nconfig add PHONE SIG /h323 b{end}"
        _, [script] = read(to_all("EXPERT", 6, script=text))
        assert [(one.h323, one.is_unclear) for one in script.scripted] == [
            ("a", False),
            ("b", True),
        ]
        _, [whole] = read(to_all("EXPERT", 6, script=f"{text}\nconfig activate"))
        assert [one.is_unclear for one in whole.scripted] == [False, False]

    def test_only_users_of_this_pbx(self):
        text = (
            "config add PHONE SIG /h323 Base /gk-pwd a\n"
            "config add PHONE SIG /h323 other /gk-pwd b\nodd /gk-pwd c\n"
        )
        _, [script] = read(to_all("EXPERT", 6, script=text))
        only_of(script, {"base"})
        assert [one.h323 for one in script.scripted] == ["Base", ""]
        assert script.notes


class TestAccount:
    def test_every_field_is_counted(self):
        values = {"id": 1, "domainId": 2, "type": "NTP", "categories": [], "desc": "canary",
                  "ntp1": "10.0.0.1", "tz": "x", "newPwd": "canary", "a b": "canary"}  # fmt: skip
        others, _ = read(to_all("NTP", **values))
        tally = {one.unit: one for one in others.account}
        assert tally[Unit.MESSAGES].used == 1
        assert tally[Unit.ATTRIBUTES].total == len(values)
        assert tally[Unit.ATTRIBUTES].not_understood == 2
        assert "newPwd" in str(others.notes[0])
        assert "a b" not in str(others.notes)
        assert "canary" not in repr(others)

    def test_lines_of_a_script_are_counted_too(self):
        _, [script] = read(to_all("EXPERT", 6, script="config write\n# x\n", desc="d"))
        assert {one.unit for one in script.account} == {
            *map(Unit, ("messages", "attributes", "lines"))
        }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = st.sampled_from([
    "ntp1", "url", "logUrl", "setLogUrl", "turnServer", "turnUser", "turnPassword", "srtpKey",
    "protectCfg", "hideCompleteCfg", "script", "seed", "x",
])  # fmt: skip


@given(
    st.lists(
        st.builds(
            DeviceConfig,
            st.integers(1, 9),
            st.sampled_from(sorted(KINDS)),
            st.booleans(),
            st.none() | st.dictionaries(FIELDS, JSON, max_size=6),
        ),
        max_size=5,
    )
)
def test_whatever_comes_is_read(configs):
    for reading in read_device_configs(configs, DIALECT):
        assert reading.settings == {}
        assert all(one.grade is Grade.INFERRED for one in reading.rolled_out.values())
        assert not reading.rolled_out.keys() & reading.unanswered.keys()
