"""Files that are made from the code: `python -m tests.generated` writes them, `--check` compares.

They are committed, so that a change of a contract shows in the diff of the change that made it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from typer.testing import CliRunner

from auditor.cli.app import build_app
from auditor.cli.command_table import COMMANDS
from auditor.facts import FactKind, known_facts
from auditor.fleet.inventory.inventory_document import fleet_schema
from auditor.fleet.look_back.json_answers import look_back_schema
from auditor.fleet.outward.digest.digest_schema import digest_schema
from auditor.remediation.plan import plan_schema
from auditor.report.formats.json import SCHEMA_FILE, schema_text
from auditor.rules.catalogue import load_catalogue
from auditor.rules.page_folder import pages_of
from auditor.rules.rule_pages import markdown
from tests import catalogue
from tests.catalogue import translated

if TYPE_CHECKING:
    from collections.abc import Mapping


CHECKOUT: Final = Path(__file__).parents[1]
RENEW: Final = "make docs"
_MADE: Final = f"<!-- Made by `{RENEW}`; changes here are lost. -->\n"
# What a terminal of 80 columns leaves.
_WIDTH: Final = 78
_VALUES: Final = {
    FactKind.NUMBER: "a number",
    FactKind.FLAG: "`true` or `false`",
    FactKind.TEXT: "a text",
    FactKind.URL: "an address",
    FactKind.SECRET: '`"empty"`, `"default"` or `"set"`, never the secret',
    FactKind.NETWORKS: "a list of networks",
    FactKind.NAMES: "a list of names",
    FactKind.DATE: "a date",
}


def contents() -> Mapping[Path, str]:
    """Return every generated file with what it must hold."""
    return {
        SCHEMA_FILE: schema_text(),
        CHECKOUT / "docs" / "plan.schema.json": plan_schema(),
        CHECKOUT / "docs" / "fleet.schema.json": fleet_schema(),
        CHECKOUT / "docs" / "look-back.schema.json": look_back_schema(),
        CHECKOUT / "docs" / "digest.schema.json": digest_schema(),
        **{CHECKOUT / "docs" / "rules" / name: text for name, text in _rule_pages().items()},
        CHECKOUT / "docs" / "facts.md": facts(),
        CHECKOUT / "docs" / "command-line.md": command_line(),
    }


def _rule_pages() -> Mapping[str, str]:
    return pages_of(load_catalogue(examples=True))


def facts() -> str:
    """Return the table of all facts that can be attested or learned."""
    rules = load_catalogue().rules.values()
    rows = []
    for name, fact in sorted(known_facts().items()):
        users = sorted(
            rule.id for rule in rules if name in {*rule.facts, *rule.complete, *rule.conditional}
        )
        links = ", ".join(f"[{user}](rules/{user}.md)" for user in users)
        cells = [f"`{name}`", markdown(fact.ui_path), _VALUES[fact.kind], fact.scope.value, links]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [
            "# Facts",
            "",
            _MADE,
            "Settings, and answers that only people have. Each can be attested in the",
            "[site file](site-file.md#facts), under `[facts.<name>]`. Scope says who could show",
            "it: the PBX, each box, what Devices rolls out to phones, or only people.",
            "",
            "| Name | Where | Value | Scope | Controls |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def command_line() -> str:
    """Return the help of the program and of every command, as a terminal of 80 columns shows it."""
    parts = ["# Command line", "", _MADE]
    for name in ("", *_commands()):
        title = f"pbx-auditor {name}".strip()
        parts += [f"## {title}", "", "```text", _help(name), "```", ""]
    return "\n".join(parts)


def _commands() -> list[str]:
    """Return every command, and those of a group below it."""
    names = []
    for name, module in COMMANDS.items():
        group = getattr(import_module(module), "GROUP", {})
        names += [name, *(f"{name} {word}" for word in group)]
    return names


def _help(command: str) -> str:
    words = command.split()
    fixed = {"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
    # A process for each command would take half a minute.
    done = CliRunner(env=fixed).invoke(
        build_app(words[:1]),
        [*words, "--help"],
        prog_name="pbx-auditor",
        catch_exceptions=False,
        terminal_width=_WIDTH,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def octets() -> Mapping[Path, bytes]:
    """Return every generated file with what it must hold: the texts, and compiled catalogues."""
    texts = {path: content.encode() for path, content in contents().items()}
    compiled = {catalogue.compiled_file(name): catalogue.compiled(name) for name in translated()}
    return {**texts, **compiled}


def stale() -> list[Path]:
    """Return the generated files that are missing or differ from what they must hold."""
    return _differing(octets())


def _differing(made: Mapping[Path, bytes]) -> list[Path]:
    return [
        path for path, content in made.items() if not path.is_file() or path.read_bytes() != content
    ]


def write() -> tuple[list[Path], int]:
    """Write what changed; return these files, and how many there are.

    The catalogues that people fill in are among them: what is new in the program is added there.
    """
    changed = [path for path in map(_with_new_messages, translated()) if path is not None]
    made = octets()
    for path in _differing(made):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[path])
        changed.append(path)
    return changed, len(made) + len(translated())


def _with_new_messages(language: str) -> Path | None:
    """Add what is new to a catalogue; return it if that changed it."""
    path = catalogue.po_file(language)
    before = path.read_bytes() if path.is_file() else b""
    catalogue.renew(language)
    return path if path.read_bytes() != before else None


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` name those that are not up to date and return 1."""
    if arguments == ["--check"]:
        names = [str(path.relative_to(CHECKOUT)) for path in stale()]
        if names:
            sys.stderr.write(f"not up to date: {', '.join(names)}; run `{RENEW}`\n")
        return 1 if names else 0
    if arguments:
        sys.stderr.write("usage: python -m tests.generated [--check]\n")
        return 2
    changed, count = write()
    for path in changed:
        sys.stdout.write(f"written: {path.relative_to(CHECKOUT)}\n")
    sys.stdout.write(f"{len(changed)} of {count} generated files changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
