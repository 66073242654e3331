"""Files that are made from the code: `python -m tests.generated` writes them, `--check` compares.

They are committed, so that a change of a contract shows in the diff of the change that made it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.catalogue import load_catalogue
from auditor.cli.app import COMMANDS
from auditor.facts import FactKind, known_facts
from auditor.report.json import SCHEMA_FILE, schema_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.model.rule import RuleDocument

CHECKOUT: Final = Path(__file__).parents[1]
RENEW: Final = "make docs"
_MADE: Final = f"<!-- Made by `{RENEW}`; changes here are lost. -->\n"
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
_AUTOMATION: Final = {
    "automatic": "the tool reads the setting under a name that public sources or samples show",
    "learned": "the setting is documented, its stored name is not: a dialect entry or an "
    "attestation in the site file is needed, otherwise the result is unknown",
    "attested": "no interface shows it: a person states it in the site file",
}


def contents() -> Mapping[Path, str]:
    """Return every generated file with what it must hold."""
    return {
        SCHEMA_FILE: schema_text(),
        CHECKOUT / "docs" / "controls.md": controls(),
        CHECKOUT / "docs" / "facts.md": facts(),
        CHECKOUT / "docs" / "command-line.md": command_line(),
    }


def controls() -> str:
    """Return the table of all controls, and a section about each."""
    rules = sorted(load_catalogue().rules.values(), key=lambda rule: rule.id)
    rows = [
        f"| [{rule.id}](#{rule.id.lower()}) | {_text(rule.title)} | {rule.severity.value} "
        f"| {rule.automation.value} | {_text(rule.remediation.ui_path)} |"
        for rule in rules
    ]
    used = {rule.automation.value for rule in rules}
    legend = [f"- **{word}**: {text}." for word, text in _AUTOMATION.items() if word in used]
    return "\n".join(
        [
            "# Controls",
            "",
            _MADE,
            "Each control is one file in `rules/` and one function in `auditor/checks/`. The file",
            "also holds the rationale, the advice, the references and examples that run as tests.",
            "",
            "| Id | Title | Severity | Automation | Menu path |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "Automation says how a control is proven:",
            "",
            *legend,
            "",
            *(line for rule in rules for line in _section(rule)),
        ]
    )


def facts() -> str:
    """Return the table of all facts that can be attested or learned."""
    rules = load_catalogue().rules.values()
    rows = []
    for name, fact in sorted(known_facts().items()):
        users = sorted(rule.id for rule in rules if name in {*rule.facts, *rule.complete})
        links = ", ".join(f"[{user}](controls.md#{user.lower()})" for user in users)
        cells = [f"`{name}`", _text(fact.ui_path), _VALUES[fact.kind], fact.scope.value, links]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [
            "# Facts",
            "",
            _MADE,
            "Settings, and answers that only people have. Each can be attested in the",
            "[site file](site-file.md#facts), under `[facts.<name>]`. Scope says who could show",
            "it: the PBX, each box, or only people.",
            "",
            "| Name | Where | Value | Scope | Controls |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _section(rule: RuleDocument) -> list[str]:
    facts = ", ".join(f"`{name}`" for name in rule.facts)
    whole = ", ".join(f"`{name}`" for name in rule.complete)
    need = f"{facts}; all of {whole}" if whole else facts
    params = ", ".join(f"`{name} = {_toml(value)}`" for name, value in rule.params.items())
    fix = rule.remediation
    return [
        f"## {rule.id}",
        "",
        f"**{_text(rule.title)}.** Severity {rule.severity.value}.",
        "",
        f"- Expected: {_text(rule.expected)}",
        f"- Not applicable when: {_text(rule.nothing_seen)}",
        f"- Areas that must have been read: {need}",
        *([f"- Parameters: {params}"] if params else []),
        f"- Menu path: {_text(fix.ui_path)}",
        f"- Change: {fix.action_class.value}; disruption: {fix.disruption.value}",
        "",
    ]


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """Return prose that Markdown takes literally, in a table too."""
    escaped = text.strip().replace("\\", "\\\\")
    for character in "|<>*":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped


def command_line() -> str:
    """Return the help of the program and of every command, as a terminal of 80 columns shows it."""
    parts = ["# Command line", "", _MADE]
    for name in ("", *COMMANDS):
        title = f"pbx-auditor {name}".strip()
        parts += [f"## {title}", "", "```text", _help(name), "```", ""]
    return "\n".join(parts)


def _help(command: str) -> str:
    fixed = {"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(  # noqa: S603 -- the program itself
        [sys.executable, "-m", "auditor", *command.split(), "--help"],
        cwd=CHECKOUT,
        env={**os.environ, **fixed},
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def stale() -> list[Path]:
    """Return the generated files that are missing or differ from what they must hold."""
    return [
        path
        for path, content in contents().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != content
    ]


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
    for path, content in contents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
        sys.stdout.write(f"written: {path.relative_to(CHECKOUT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
