"""The commands of a group: one is imported when a command line is about it."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from auditor.cli.app import build_app
from auditor.cli.fleet import GROUP, GROUPS
from auditor.cli.group import CommandGroup, meant_of


@pytest.mark.parametrize("words", GROUP)
def test_every_place_leads_to_a_function(words):
    assert GROUP[words].__module__.startswith("auditor.cli.fleet.")
    assert {one.rpartition(" ")[0] for one in GROUP} == {"", *GROUPS}
    assert len(GROUP) == len(list(GROUP))


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ((), {"one", "two", "in add", "in list"}),
        (("--help",), {"one", "two", "in add", "in list"}),
        (("tow",), {"one", "two", "in add", "in list"}),
        (("one", "two"), {"one"}),
        (("in",), {"in add", "in list"}),
        (("in", "add", "one"), {"in add", "in list"}),
    ],
)
def test_a_command_line_means_what_it_names_or_else_all(arguments, meant):
    group = CommandGroup(dict.fromkeys(("one", "two", "in add", "in list"), "nowhere:none"))
    assert set(meant_of(group, arguments)) == meant


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("fleet", "status", "--format", "json"), {"status"}),
        (("fleet", "collector", "add"), {"collector"}),
        (("fleet", "stauts"), {words.split()[0] for words in GROUP}),
    ],
)
def test_the_program_has_what_a_command_line_means(arguments, found):
    program: Any = typer.main.get_command(build_app(arguments))
    assert set(program.commands["fleet"].commands) == found
