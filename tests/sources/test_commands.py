"""What each line of a configuration or expert script is, and whom a line may register."""

from __future__ import annotations

import pytest

from auditor.model.snapshot import Box
from auditor.sources.parse.commands import (
    CommandKind,
    kind_of,
    looks_like_command,
    parse_config_line,
)
from auditor.sources.parse.header import contradicts, read_header
from auditor.sources.parse.registrations import (
    is_like_module,
    may_hold_password,
    registration_of,
)
from auditor.values.names import is_near_miss

ITEM = "mod cmd FLASHDIR0 add-item 101 (cn=A)"
ODD = CommandKind.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("", CommandKind.EMPTY),
        (" \t", CommandKind.EMPTY),
        ("#", CommandKind.COMMENT),
        ("# a note about a config file", CommandKind.COMMENT),
        ("#config change IP0", ODD),
        ("# - mod cmd UP1 check", ODD),
        ("# VARS check 1", ODD),
        ("#configuration of the box", CommandKind.COMMENT),
        ("vars check 1", CommandKind.CHECK),
        ("vars create A/B p 1", CommandKind.VARIABLE),
        ("vars del A/B", ODD),
        ("vars", ODD),
        ("!vars check 1", CommandKind.CHECK),
        (" vars check 1", ODD),
        ("config change IP0", CommandKind.SETTING),
        ("config add IP0 /a b", CommandKind.SETTING),
        ("config rem IP0", CommandKind.SETTING),
        ("config  change\tIP0", CommandKind.SETTING),
        ("config change", ODD),
        ("config change /a b", ODD),
        ("config change [ x ]", ODD),
        ("config set IP0", ODD),
        ("config", ODD),
        ("!config change IP0", ODD),
        ("config write", CommandKind.MAINTENANCE),
        ("config activate", CommandKind.MAINTENANCE),
        ("config write IP0", ODD),
        ("reset", CommandKind.MAINTENANCE),
        ("ireset", CommandKind.MAINTENANCE),
        ("iresetn", CommandKind.MAINTENANCE),
        ("lang de", CommandKind.MAINTENANCE),
        ("mod cmd UP0 check", CommandKind.MAINTENANCE),
        ("mod cmd UP1 prov http://x", CommandKind.MAINTENANCE),
        ("mod cmd X xml-info", CommandKind.MAINTENANCE),
        ("mod cmd UP2 check", ODD),
        ("mod cmd UP0", ODD),
        ("mod cmd_ro UP0 check", ODD),
        (ITEM, CommandKind.ITEM),
        (ITEM.replace("cmd", "cmd_ro"), ODD),
        (ITEM.replace("FLASHDIR0", "FLASHDIR1"), ODD),
        (ITEM.replace("add-item", "del-item"), ODD),
        (f"!{ITEM}", ODD),
        ("mod cmd PHONE/USER-UI reg-edit-reg /h323 a", CommandKind.REGISTRATION),
        ("mod cmd_ro PHONE/USER-UI reg-edit-reg /h323 a", CommandKind.REGISTRATION),
        ("!mod cmd PHONE/USER-UI reg-edit-reg /h323 a", CommandKind.REGISTRATION),
        ("mod xml PHONE/USER-UI reg-edit-reg /h323 a", ODD),
        ("mod cmd PHONES reg-edit-reg /h323 a", ODD),
        ("mod cmd PHONE/USER-UI reg-show-reg /h323 a", ODD),
        ("anything else", ODD),
        ("# note config change IP0", ODD),
        (f"vars create A/B p 1 {ITEM}", ODD),
        ("config change IP0 vars del A", ODD),
        ("lang de (pbx=<user/>)", ODD),
        ("reset MOD CMD UP0", ODD),
        ("config change IP0 add-item 101 (cn=A)", ODD),
        (f"{ITEM}(pbx=<user/>)", CommandKind.ITEM),
    ],
)
def test_a_line_is_what_it_says_exactly_or_not_understood(line, kind):
    assert kind_of(line) is kind


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("config set IP0", True),
        ("vars", False),
        ("vars del X", True),
        ("mod x", True),
        ("lang de", True),
        ("language", False),
        ("!anything", True),
        ("reset now", True),
        ("iresetn", True),
        ("resets", False),
        ("http://1.2.3.4/CMD0/mod_cmd.xml?cmd=x", True),
        ("10.0.0.1/mod_cmd_login.xml?cmd=x", True),
        ("mod_cmd.xml", False),
        ("a config change", False),
    ],
)
def test_what_is_not_understood_may_be_a_command_all_the_same(line, is_one):
    assert looks_like_command(line) is is_one


@pytest.mark.parametrize(
    ("line", "module", "options"),
    [
        ("config change IP0", "IP0", ()),
        ("config change IP0 /on", "IP0", (("on", ()),)),
        ("config change IP0 ETH1 /a b", "IP0 ETH1", (("a", ("b",)),)),
        ("config add IP0 /a b c /d /a e", "IP0", (("a", ("b", "c")), ("d", ()), ("a", ("e",)))),
        ("config change IP0 [ /a b", "IP0", (("a", ("b",)),)),
        ("config change", "", ()),
    ],
)
def test_a_setting_line_has_a_module_and_options(line, module, options):
    command = parse_config_line(line)
    assert (command.module, command.options) == (module, options)


def test_each_value_of_an_option_is_kept_and_decoded_where_it_is_asked_for():
    command = parse_config_line("config change X /a b%20c d /e /a 1+2")
    assert command.values("a") == ["b c", "1 2"]
    assert command.values("e") == [""]
    assert command.texts("a") == ["b c d", "1 2"]
    assert command.literals("a") == ["b%20c d", "1+2"]
    assert command.values("x") == command.texts("x") == command.literals("x") == []


@pytest.mark.parametrize(
    ("word", "wanted", "is_one"),
    [
        ("filter", "filter", False),
        ("Filter", "filter", True),
        ("%66ilter", "filter", True),
        ("fi", "filter", True),
        ("f", "filter", False),
        ("", "filter", False),
        ("filte", "filter", True),
        ("filterr", "filter", True),
        ("filtter", "filter", True),
        ("fiter", "filter", True),
        ("filtex", "filter", True),
        ("xilter", "filter", True),
        ("fixter", "filter", True),
        ("flter", "filter", True),
        ("ilter", "filter", True),
        ("afilter", "filter", True),
        ("fxlxer", "filter", False),
        ("filterrr", "filter", False),
        ("ilte", "filter", False),
        ("filetr", "filter", False),
        ("addr1", "addr2", False),
        ("addr1", "addrx", True),
        ("addr", "addr1", True),
        ("addr12", "addr1", False),
        ("log", "lag", False),
        ("logs", "lags", True),
        ("log", "logs", True),
        ("xlog", "log", False),
        ("logx", "log", False),
    ],
)
def test_a_damaged_name_is_told_from_another_one(word, wanted, is_one):
    assert is_near_miss(word, wanted) is is_one


def registered(line, *, is_encoded=False, is_whole=True):
    command = parse_config_line(f"config add PHONE SIG {line}")
    found = registration_of(command, 7, is_encoded=is_encoded, is_whole=is_whole)
    return None if found is None else (found.h323, found.line, found.secret, found.is_unclear)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/h323 anna /gk-pwd abc", ("anna", 7, "abc", False)),
        ("/h323 anna", ("anna", 7, None, False)),
        ("/h323 anna /gk-pwd a b", ("anna", 7, "a b", False)),
        ("/h323 anna /gk-pwd a /gk-pwd a", ("anna", 7, "a", False)),
        ("/h323 anna /gk-pwd a /gk-pwd* a", ("anna", 7, "a", False)),
        ("/h323 anna /gk-pwd* a", ("anna", 7, None, True)),
        ("/h323 anna /gk-pwd a /gk-pwd b", ("anna", 7, None, True)),
        ("/h323 berta /h323 anna /gk-pwd a", ("anna", 7, None, True)),
        ("/h323 anna /h323 /gk-pwd a", ("anna", 7, None, True)),
        ("/h323 an%07na /gk-pwd a", ("", 7, None, True)),
        ("/gk-pwd a", ("", 7, None, True)),
        ("/h323 anna /pass x", ("anna", 7, None, True)),
        ("/h323 anna /bypass x", ("anna", 7, None, False)),
        ("/h323 anna /password x", ("anna", 7, None, True)),
        ("/h323 anna /secret2 x", ("anna", 7, None, True)),
        ("/h323 anna /sip-key x", ("anna", 7, None, True)),
        ("/h323 anna /keyboard x", ("anna", 7, None, False)),
        ("/h323 anna /gkpwd x", ("anna", 7, None, True)),
        ("/h323 anna /GK-PWD x", ("anna", 7, None, True)),
        ("/h323 anna /text a%2fgk-pwd", ("anna", 7, None, True)),
        ("/name x", None),
        ("/pin 1", ("", 7, None, True)),
        ("", None),
    ],
)
def test_a_line_registers_one_name_with_one_password_or_is_unclear(line, expected):
    assert registered(line) == expected


def test_the_page_of_a_phone_encodes_a_password_and_a_script_does_not():
    assert registered("/h323 anna /gk-pwd a%20b", is_encoded=True) == ("anna", 7, "a b", False)
    assert registered("/h323 anna /gk-pwd a%20b") == ("anna", 7, "a%20b", False)


def test_a_line_that_may_have_been_longer_registers_nobody_for_certain():
    assert registered("/h323 anna /gk-pwd a", is_whole=False) == ("anna", 7, None, True)


@pytest.mark.parametrize(
    ("module", "is_like"),
    [
        ("PHONE SIG", True),
        ("phone sig", True),
        ("PHONE2", True),
        ("TEL", False),
        ("X PHONE", False),
    ],
)
def test_a_module_that_is_written_otherwise_may_be_that_of_phones(module, is_like):
    assert is_like_module(module) is is_like


@pytest.mark.parametrize(
    ("line", "may"),
    [("x /gk-pwd y", True), ("x %2FGK-PWD y", True), ("x gk%2Dpwd", True), ("x gk pwd", False)],
)
def test_a_password_may_hide_in_a_line_that_is_not_understood(line, may):
    assert may_hold_password(line) is may


V13 = "# 13r3 service-release-02 IP411[13.5202/135202/304]"


@pytest.mark.parametrize(
    ("line", "box"),
    [
        (V13, Box("", "IP411", "13r3 service-release-02", "")),
        ("# V11r2 IP811[x]", Box("", "IP811", "V11r2", "")),
        ("# 13r3 final build 7 IP3011-LT[x]", Box("", "IP3011-LT", "13r3 final build 7", "")),
        ("# IP411-aa-bb-cc", Box("", "IP411", "", "aa-bb-cc")),
        ("# IP411-00-90-33-aa-bb-CC ", Box("", "IP411", "", "00-90-33-aa-bb-CC")),
        ("# IP411-aa", Box()),
        ("# a note", Box()),
        (V13.replace("[", " "), Box()),
    ],
)
def test_a_comment_names_a_box(line, box):
    assert read_header(line, Box()) == box


def test_a_name_with_the_serial_adds_to_what_the_header_said():
    known = read_header("# IP0011-aa-bb-cc", read_header(V13, Box()))
    assert known == Box("", "IP411", "13r3 service-release-02", "aa-bb-cc")
    assert read_header("# a note", known) == known


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Box(), Box("", "IP411", "13r3", "aa"), False),
        (Box("a"), Box("b"), False),
        (Box("", "IP411"), Box("", "IP811"), True),
        (Box("", "IP411", "13r2"), Box("", "IP411", "13r3"), True),
        (Box("", "", "", "aa-bb"), Box("", "", "", "AA-BB"), False),
        (Box("", "", "", "aa-bb"), Box("", "", "", "aa-bc"), True),
        (Box("", "IP411"), Box("", "", "13r3", "aa"), False),
    ],
)
def test_headers_contradict_where_both_say_something_else(one, other, expected):
    assert contradicts(one, other) is expected
