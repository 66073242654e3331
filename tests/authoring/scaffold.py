"""Writes the parts of a new control, each where it belongs, with what is to be filled in marked."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

import auditor.checks
from auditor import __version__
from auditor.checks.support import observe, parameters
from auditor.messages import message
from auditor.model import result, rule, snapshot
from auditor.pbx import effective_values
from auditor.pbx.view import AuditView
from auditor.resources import rules_directory
from auditor.rules.catalogue import Catalogue
from tests.authoring import places

_TEMPLATES: Final = Path(__file__).parent / "templates"
_ID: Final = re.compile(rule.ID)
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# With more, the line of the table of checks would not fit.
_LONGEST_NAME: Final = 30


class RefusedError(Exception):
    """A control that cannot be added like this, and why."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: an id, an area, the name of document and check.

    With `shared`, the control uses a check that is there already.
    """

    id: str
    area: str
    name: str = ""
    shared: str = ""

    @property
    def slug(self) -> str:
        return self.name or f"{self.id.lower()}-holds"

    @property
    def check(self) -> str:
        return self.shared or self.slug

    @property
    def function(self) -> str:
        return self.slug.replace("-", "_")


def refuse(wanted: Wanted, known: Catalogue) -> None:
    """Raise RefusedError for what cannot be a new control, before anything is written."""
    for applies, reason in _reasons(wanted, known):
        if applies:
            raise RefusedError(reason)


def _reasons(wanted: Wanted, known: Catalogue) -> Iterator[tuple[bool, str]]:
    """Yield what could be wrong, whether it is, and what to say then."""
    areas, checks = ", ".join(places.areas()), auditor.checks.CHECKS
    taken = {*known.rules, *(alias for one in known.rules.values() for alias in one.aliases)}
    is_id = bool(_ID.fullmatch(wanted.id))
    yield not is_id, f"{wanted.id!r} is no id: two to four capitals, -, two digits"
    is_taken = wanted.id in taken | _benchmark()
    yield is_taken, f"{wanted.id} was used before; the next one is {_next(wanted.id, taken)}"
    is_area = wanted.area in places.areas()
    yield not is_area, f"there is no area {wanted.area!r}: use one of {areas}"
    is_name = bool(_NAME.fullmatch(wanted.slug)) and len(wanted.slug) <= _LONGEST_NAME
    said = f"{_LONGEST_NAME} small letters, digits, hyphens at most"
    yield not is_name, f"{wanted.slug!r} is no name: {said}"
    if wanted.shared:
        known_ones = ", ".join(sorted(checks))
        said = f"there is no check {wanted.shared!r}: use one of {known_ones}"
        yield wanted.shared not in checks, said
    else:
        is_there = wanted.check in checks or places.module_named(wanted.function).exists()
        yield is_there, f"{wanted.check!r} is there already; CHECK={wanted.check} would share it"


def write(wanted: Wanted) -> list[Path]:
    """Write all parts of a control, and return the files that were written or extended."""
    document = rules_directory() / wanted.area / f"{wanted.id}-{wanted.slug}.toml"
    _from_template("document.toml", document, wanted)
    _from_template("cases.toml", places.table_of(wanted.id), wanted)
    written = [document, places.table_of(wanted.id), places.BENCHMARK, places.CHANGELOG]
    _change(places.BENCHMARK, lambda text: _with_row(text, f"{wanted.id},medium,C"))
    entry = f"- {wanted.id} (*automatic*): TODO say what it judges."
    _change(
        places.CHANGELOG, lambda text: text.replace("### Rules\n\n", f"### Rules\n\n{entry}\n", 1)
    )
    if not wanted.shared:
        module = places.module_named(wanted.function)
        _from_template("check.txt", module, wanted)
        _change(places.CHECKS, lambda text: registered(text, wanted))
        _renew_german()
        written += [module, places.CHECKS, places.GERMAN]
    return written


def _renew_german() -> None:
    """Add what is new to the catalogue; this process has loaded the checks as they were."""
    program = "from tests.catalogue import renew; renew('de')"
    subprocess.run([sys.executable, "-c", program], cwd=places.CHECKOUT, check=True)  # noqa: S603 -- this interpreter


def _benchmark() -> set[str]:
    with places.BENCHMARK.open(encoding="utf-8", newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


def _next(name: str, taken: set[str]) -> str:
    series = name.partition("-")[0]
    numbers = [int(one[-2:]) for one in taken if one.startswith(f"{series}-")]
    return f"{series}-{max(numbers, default=0) + 1:02}"


def _from_template(name: str, path: Path, wanted: Wanted) -> None:
    template = Template((_TEMPLATES / name).read_text(encoding="utf-8"))
    values = {
        "id": wanted.id,
        "area": wanted.area,
        "check": wanted.check,
        "function": wanted.function,
        "version": __version__,
        "observe": observe.__name__,
        "parameters": parameters.__name__,
        "message": message.__name__,
        "result": result.__name__,
        "snapshot": snapshot.__name__,
        "effective": effective_values.__name__,
        "view": AuditView.__module__,
    }
    path.write_text(template.substitute(values), encoding="utf-8", newline="")


def _change(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")


def _with_row(text: str, row: str) -> str:
    return f"{text.rstrip()}\n{row}\n"


def registered(text: str, wanted: Wanted) -> str:
    """Return the table of checks with one more: its import and its entry, each in its order."""
    name, entry = wanted.function, f'    "{wanted.check}": {wanted.function}.{wanted.function},'
    text = _in_order(text, "import (\n", f"    {name},", ")\n")
    return _in_order(text, "= {\n", entry, "}\n")


def _in_order(text: str, start: str, line: str, end: str) -> str:
    """Return the text with a line more between two marks, before the first that sorts after it."""
    begin = text.index(start) + len(start)
    stop = text.index(f"\n{end}", begin) + 1
    lines = text[begin:stop].splitlines()
    place = next((number for number, one in enumerate(lines) if one > line), len(lines))
    lines.insert(place, line)
    return text[:begin] + "".join(f"{one}\n" for one in lines) + text[stop:]
