"""`pbx-auditor dialects`: which places are known, and whether they fit a configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.cli.interaction.console import show, show_text, spoken, tell, told
from auditor.dialects import Dialect, dialect_names, is_dialect_file, load_dialect, read_dialect
from auditor.errors import InputError, RuleDocumentError
from auditor.files.toml_lines import line_of
from auditor.files.toml_reading import read_text
from auditor.files.wrong_values import at_key
from auditor.learning.check import check_places
from auditor.learning.entry import read_file
from auditor.learning.find import FILTER_ROWS
from auditor.learning.leaves import read_leaves
from auditor.messages.message import say
from auditor.report.terms import grade

HELP: Final = "Show and check dialects: the data that says where a box stores a setting."


def show_dialects(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Site dialects to list beside the bundled ones.")
    ] = None,
) -> None:
    """List the places that each dialect knows, with the grade of each and who learned it.

    Exit codes: 0 listed, 2 a dialect is wrong.
    """
    names = [*dialect_names(), *map(str, files or ())]
    show_text("\n\n".join(_listing(name, load_dialect(name)) for name in names))


def check(
    dialect: Annotated[Path, typer.Argument(help="The site dialect.", show_default=False)],
    against: Annotated[
        Path, typer.Option(help="A configuration (cfg.txt) of the same firmware train.")
    ],
) -> None:
    """Check that each entry of a site dialect matches exactly one place of a configuration.

    Exit codes: 0 all match, 2 an entry is wrong, or matches nothing or several places.
    """
    if not is_dialect_file(str(dialect)):
        raise InputError(
            say("this is no site dialect"), where=str(dialect), advice=say("give a .toml file")
        )
    load_dialect(str(dialect))
    entries = read_dialect(dialect)
    leaves = read_leaves(read_file(against), str(against))
    problems = list(check_places(entries, leaves))
    text = read_text(dialect, RuleDocumentError, say("the dialect"), "DIALECT")
    for fact, reason in problems:
        place = f"{dialect}:{line_of(text, _keys(fact))}"
        tell(say("{where}: {message}", where=place, message=at_key(fact, reason)))
    if problems:
        raise RuleDocumentError(
            say("entries that do not match exactly one place: {count}", count=len(problems)),
            where=str(dialect),
            advice=say("learn them again on a box of this firmware train"),
        )
    show(say("{file}: every entry matches one place", file=str(dialect)))


def _keys(fact: str) -> tuple[str, ...]:
    return ("filter_rows",) if fact == FILTER_ROWS else ("settings", fact)


GROUP: Final[Mapping[str, Callable[..., None]]] = {"list": show_dialects, "check": check}


def _listing(name: str, dialect: Dialect) -> str:
    lines = [f"{name}: {dialect.told.told(spoken())}"]
    for fact, place in sorted(dialect.settings.items()):
        lines.append(f"  {fact}  [{told(grade(place.grade.value))}]")
        lines.append(f"    {told(place.words)}")
    if dialect.filter_rows is not None:
        rows = dialect.filter_rows
        lines.append(f"  call_filters  [{told(grade(rows.grade.value))}]")
        lines.append(f"    _ADMIN_ <filter> <{rows.row}> {told(rows.provenance)}".rstrip())
    return "\n".join(lines)
