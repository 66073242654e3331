"""Answers of the App socket as facts: what is said, what is left open, and what is dropped."""

from __future__ import annotations

import pytest

from auditor.facts import SecretState
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.app_answers import AnswerReader

CANARY = "Zq7-Canary-x1"


@pytest.fixture
def answers(reading, ledger):
    return AnswerReader(reading, ledger)


class TestTemplates:
    def test_parents_and_their_absence(self, answers, reading):
        page = {
            "objects": [
                {"cn": "Base", "config": []},
                {"cn": "Sales", "config": ["Config User", "Desk"]},
                {"cn": "Open"},
            ]
        }
        assert answers.templates(page) == ["Base", "Sales", "Open"]
        assert reading.parents == {"Base": (), "Sales": ("Config User", "Desk"), "Open": None}

    @pytest.mark.parametrize("page", [{}, {"objects": None}, {"objects": {"cn": "Base"}}])
    def test_what_is_no_page_lists_nothing(self, answers, reading, page):
        assert answers.templates(page) is None
        assert reading.parents == {}

    @pytest.mark.parametrize("config", ["Config User", [1], [""], {}, 0, [["x"]]])
    def test_odd_parents_are_open(self, answers, reading, ledger, config):
        answers.templates({"objects": [{"cn": "Base", "config": config}]})
        assert reading.parents == {"Base": None}
        assert [gap.area for gap in ledger.gaps()] == [Area.OBJECTS]

    @pytest.mark.parametrize("name", ["config2", "template", "xconfig", "templates"])
    def test_a_field_that_may_name_parents_leaves_them_open(self, answers, reading, ledger, name):
        answers.templates({"objects": [{"cn": "Base", "config": [], name: "x"}]})
        assert reading.parents == {"Base": None}
        assert ledger.gaps()

    def test_another_field_is_named(self, answers, reading, ledger):
        answers.templates({"objects": [{"cn": "Base", "config": [], "colour": CANARY}]})
        assert reading.parents == {"Base": ()}
        assert "colour" in reading.notes[0]
        assert CANARY not in repr(reading)
        assert sum(tally.not_understood for tally in ledger.tallies()) == 1

    def test_a_name_that_is_none_is_not_repeated(self, answers, reading):
        answers.stun({"turn": "", "<script>": 1, "x" * 50: 1})
        assert "<" not in reading.notes[0]
        assert "xxx" not in reading.notes[0]

    def test_twice_and_differently_is_open(self, answers, reading, ledger):
        answers.templates({"objects": [{"cn": "Base", "config": []}]})
        answers.templates({"objects": [{"cn": "Base", "config": ["Other"]}]})
        assert reading.parents == {"Base": None}
        assert ledger.gaps()[0].doubtful

    @pytest.mark.parametrize("item", [None, "Base", [], {"config": []}, {"cn": ""}, {"cn": 1}])
    def test_a_template_without_a_name(self, answers, reading, ledger, item):
        assert answers.templates({"objects": [item]}) == []
        assert reading.parents == {}
        assert ledger.gaps()


class TestStun:
    def test_a_server_with_a_password(self, answers, reading):
        answers.stun({"stun": "s", "turn": "turn.x", "turnUsr": "t", "turnPwd": CANARY})
        found = {fact: one.values for fact, one in reading.settings.items()}
        assert found == {
            "turn_server": ("turn.x",),
            "turn_username": ("t",),
            "turn_password": (SecretState.SET.value,),
        }
        assert {one.grade for one in reading.settings.values()} == {Grade.DOCUMENTED}
        assert CANARY not in repr(reading)

    @pytest.mark.parametrize(
        "user", [f"t:{CANARY}", f"t:x@{CANARY}", f"t:{CANARY}@x", f":{CANARY}"]
    )
    def test_a_user_with_a_password_is_shown_without(self, answers, reading, user):
        answers.stun({"stun": "s", "turn": "turn.x", "turnUsr": user, "turnPwd": ""})
        (value,) = reading.settings["turn_username"].values
        assert CANARY not in repr(reading)
        assert value
        assert value.startswith(user[:1])

    def test_none(self, answers, reading):
        answers.stun({"turn": "", "turnUsr": "", "turnPwd": ""})
        assert reading.settings["turn_server"].values == ("none",)
        assert reading.settings["turn_password"].values == ("empty",)

    @pytest.mark.parametrize("word", ["none", " None ", "OFF"])
    def test_a_word_of_ours_is_not_none(self, answers, reading, word):
        answers.stun({"turn": word, "turnUsr": word, "turnPwd": word})
        assert reading.settings["turn_server"].values == ("unclear",)
        assert reading.settings["turn_username"].values == (word,)
        assert reading.settings["turn_password"].values == ("set",)

    @pytest.mark.parametrize("value", [None, 1, True, ["turn.x"], {}])
    def test_odd_values_are_open(self, answers, reading, value):
        answers.stun({"turn": value, "turnUsr": value, "turnPwd": value})
        assert reading.settings == {}
        assert len(reading.unanswered) == 3

    def test_what_is_not_there_is_not_none(self, answers, reading):
        answers.stun({"stun": "s"})
        assert reading.settings == {}
        assert "turn_server" in reading.unanswered


class TestProxies:
    def test_by_their_addresses(self, answers, reading):
        mac = answers.proxies(
            {
                "hw": "009033000001",
                "rp": [{"addr": "10.0.0.9", "cert": "00-90-33-00-00-09"}, {"cert": "00903300000A"}],
            }
        )
        assert mac == "009033000001"
        found = reading.settings["reverse_proxies"]
        assert found.values == ("00-90-33-00-00-09", "00903300000a")
        assert found.note

    @pytest.mark.parametrize(
        "answer",
        [{"rp": []}, {"rp": [{"cert": "rp.example.com"}]}, {"rp": [{"cert": "009033000009"}, {}]},
         {"rp": [None]}, {"rp": "x"}, {}, {"rp": None}],
    )  # fmt: skip
    def test_what_says_nothing_for_certain(self, answers, reading, answer):
        assert not answers.proxies(answer)
        assert reading.settings == {}
        assert "reverse_proxies" in reading.unanswered


class TestRegistrations:
    @pytest.fixture
    def behind(self, answers):
        answers.proxies({"rp": [
            {"addr": "10.0.0.9", "cert": "00-90-33-00-00-09"}, {"addr": "fd00::0001", "cert": "x"},
            {"addr": "nowhere", "cert": ""}, {"addr": 7},
        ]})  # fmt: skip
        return answers

    @pytest.mark.parametrize(
        ("pairs", "found"),
        [
            ([{"hw": "009033000abc", "addr": "10.0.0.9"}], ["009033000abc"]),
            ([{"reg": {"hw": "anna", "addr": "10.0.0.9"}}], ["anna"]),
            ([{"hw": "anna", "addr": "fd00::1"}], ["anna"]),
            ([{"hw": "anna", "addr": "10.0.0.8"}, {"hw": "x", "addr": "10.0.0.9"}], ["x"]),
            ([{"hw": "009033000009", "addr": "10.0.0.9"}], []),  # the proxy itself
            ([{"hw": "anna", "addr": "nowhere"}], []),
            ([{"hw": "anna"}], []),
            ([{"hw": "a b\n", "addr": "10.0.0.9"}], []),
            ([{"hw": 7, "addr": "10.0.0.9"}], []),
            ([{"reg": 7}], []),
            ([None], []),
            ([], []),
            ("x", []),
            (None, []),
        ],
    )
    def test_who_is_seen_at_a_proxy(self, behind, pairs, found):
        registered = behind.registered({"cn": "Anna", "regs": pairs}, "Anna")
        assert [device for device, by_proxy in registered if by_proxy] == found

    def test_who_is_seen_elsewhere(self, behind):
        pairs = [{"hw": "anna", "addr": "10.0.0.8"}, {"hw": "009033000009", "addr": "10.0.0.9"}]
        assert behind.registered({"cn": "Anna", "regs": pairs}, "Anna") == [("anna", False)]

    def test_another_object_is_none(self, behind):
        pairs = [{"hw": "anna", "addr": "10.0.0.9"}]
        assert behind.registered({"cn": "Eve", "regs": pairs}, "Anna") == []


WAYS = ("digest", "ntlm", "oauth2")
NO = {"ntlm": False, "oauth2": False}


class TestLogins:
    @pytest.mark.parametrize(
        ("ways", "kind"),
        [
            ((True, False, False), "PBX only"),
            ((False, True, False), "Netlogon only"),
            ((False, False, True), "OAuth2 only"),
            ((True, True, False), "PBX and Netlogon"),
            ((True, False, True), "PBX and OAuth2"),
        ],
    )
    def test_the_types_of_the_menu(self, answers, reading, ways, kind):
        user = {**dict(zip(WAYS, ways, strict=True)), "oauth2Name": CANARY}
        answers.logins({"user": user, "session": {"digest": True}})
        found = reading.settings["authentication_type"]
        assert (found.values, found.grade) == ((kind,), Grade.INFERRED)
        assert CANARY not in repr(reading)

    @pytest.mark.parametrize(
        "user",
        [
            None, [], {}, {"digest": True}, dict.fromkeys(WAYS, False), dict.fromkeys(WAYS, True),
            {"digest": 1, "ntlm": 0, "oauth2": 0}, {"digest": "true", **NO},
            {"digest": True, **NO, "saml": True},
        ],
    )  # fmt: skip
    def test_what_no_type_is_known_for(self, answers, reading, user):
        answers.logins({"user": user})
        assert reading.settings == {}
        assert "authentication_type" in reading.unanswered


def test_train_and_build_are_noted(answers, reading):
    answers.build({"version": "13r3", "build": "137766", "launcher": "x"})
    answers.build({"version": "<b>", "build": "1"})
    assert len(reading.notes) == 2
    assert "<b>" not in repr(reading)
    assert "137766" in reading.notes[0]
