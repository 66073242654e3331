"""Changes that a check proposes, made from what it saw of an object."""

from __future__ import annotations

import pytest

from auditor.model.change import changed_flag, set_to, taken_away
from auditor.model.snapshot import NO_PASSWORD, Device, PbxObject


def member(attributes=(), templates=(), devices=()):
    return PbxObject(
        "guid",
        "A",
        "a",
        "",
        "",
        dict(attributes),
        tuple(templates),
        tuple(devices),
        (),
        (),
        (),
        {},
        None,
        (),
        NO_PASSWORD,
        "cfg.txt",
        1,
    )


@pytest.mark.parametrize(
    ("attributes", "before"),
    [({}, None), ({"hide": ""}, None), ({"hide": "false"}, "false"), ({"other": "x"}, None)],
)
def test_a_value_is_changed_from_the_own_one(attributes, before):
    made = set_to(member(attributes), "hide", "true")
    assert (made.guid, made.cn) == ("guid", "A")
    assert (made.attribute, made.before, made.after) == ("hide", before, "true")


@pytest.mark.parametrize(
    ("right", "attributes", "templates", "expected"),
    [
        ("admin", {"admin": "true"}, (), ("true", "false")),
        # What a template gives, an own value overrides, and its absence does not.
        ("uclic", {}, ("T",), (None, "false")),
        ("admin", {"admin": "true"}, ("T",), ("true", "false")),
        ("apps", {"apps": "phone"}, (), ("phone", None)),
        ("apps", {"apps": "phone"}, ("T",), None),
        ("apps", {}, ("T",), None),
        ("uclic", {"uclic": "x"}, (), ("x", None)),
        ("uclic", {"uclic": "x"}, ("T",), None),
    ],
)
def test_a_right_is_taken_away_only_if_no_template_gives_it_again(
    right, attributes, templates, expected
):
    made = taken_away(member(attributes, templates), right)
    assert (made and (made.before, made.after)) == expected


@pytest.mark.parametrize(
    ("devices", "before"),
    [
        ([Device("hw", "", {"tls": "false"})], "false"),
        ([Device("hw", "", {}), Device("other", "", {"tls": "false"})], None),
        ([Device("hw", "", {"tls": ""})], None),
    ],
)
def test_a_flag_of_a_hardware_id_is_changed(devices, before):
    made = changed_flag(member(devices=devices), "hw", "tls", "true")
    assert (made.hw, made.attribute, made.before, made.after) == ("hw", "tls", before, "true")


@pytest.mark.parametrize("devices", [[], [Device("hw", "", {})] * 2, [Device("HW", "", {})]])
def test_a_hardware_id_that_is_not_there_once_is_left(devices):
    assert changed_flag(member(devices=devices), "hw", "tls", "true") is None
