"""`pbx-auditor doctor`: whether a PBX can be read, how well, and what is missing."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.cli.common_options.limits import Deadline, Timeout
from auditor.cli.interaction.console import show, show_text, spoken, suggest, tell, tell_text, told
from auditor.dialects import check_dialect
from auditor.doctor.diagnosis import diagnose_target
from auditor.doctor.diagnosis_table import DiagnosisRow
from auditor.doctor.person import Person
from auditor.doctor.shown_fingerprint import shown_fingerprint
from auditor.doctor.vouching import vouch_once
from auditor.messages.languages import Language
from auditor.messages.message import Message, say
from auditor.rules.catalogue import load_catalogue
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.reader import open_reader
from auditor.site.site_file import load_site
from auditor.sources.live.login import parse_address
from auditor.sources.options import DEFAULTS, LiveOptions

_WIDTH: Final = 80
_DEADLINE: Final = 120.0
_HEADINGS: Final = DiagnosisRow(say("CHECK"), say("STATE"), say("DETAIL"))
# Names and states in German are longer.
_COLUMNS: Final[Mapping[Language, tuple[int, int]]] = {"en": (14, 11), "de": (19, 14)}
_LABEL: Final = 14


def command(
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="https://host", show_default=False)
    ],
    site: Annotated[Path | None, typer.Option(help="Site file; [tls] says whom to trust.")] = None,
    *,
    show_fingerprint: Annotated[
        bool,
        typer.Option(
            "--show-fingerprint", help="Print the certificate's SHA-256; send no credentials."
        ),
    ] = False,
    trust: Annotated[
        str | None,
        typer.Option(help="SHA-256 that the certificate must have; pinned in --site if it has."),
    ] = None,
    timeout: Timeout = DEFAULTS.timeout,
    deadline: Deadline = _DEADLINE,
) -> None:
    """Check whether a PBX can be reached, trusted, logged in to and read.

    For each area that is closed it says which controls that costs, and how to open it. It takes its
    account as an audit does, and sends nothing that could change anything. If nobody vouches for
    the certificate yet, a terminal shows it and asks; what you confirm is pinned in the site file
    before any credentials are sent.

    Exit codes: 0 everything can be read, 2 usage or input, 3 unreachable or login refused, 4 some
    area is closed.
    """
    if show_fingerprint:
        show(*shown_fingerprint(target, min(timeout, deadline)))
        return
    address = parse_address(target)
    url, limits = f"{address.scheme}://{address.netloc}", LiveOptions(timeout, deadline)
    vouched = vouch_once(url, site, trust, limits, _person(url), SYSTEM_CLOCK.monotonic)
    if vouched.is_pinned:
        tell(say("pinned in {file}", file=str(site)))
    settings = load_site(site if site and site.exists() else None)
    suggest(settings.report.language)
    check_dialect(settings.target.dialect)
    limits = limits._replace(deadline=vouched.seconds)
    found = open_reader(settings, [target], limits).probe(target)
    rules = list(load_catalogue().rules.values())
    rows, code = diagnose_target(found, target, settings, rules)
    show_text(render(rows))
    raise typer.Exit(code)


def _person(url: str) -> Person:
    """Return who compares the certificate of a PBX at this terminal, if it is one."""

    def shown(rows: Iterable[tuple[Message, str]]) -> None:
        tell(say("Nobody vouches for the certificate of {url} yet:", url=url))
        tell_text(f"\n{_described(rows)}\n")

    return Person(shown, _asked, _is_terminal())


def _is_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _asked() -> bool:
    tell(say("Compare it with the one that the PBX itself shows. Type yes if they are the same:"))
    return sys.stdin.readline().strip().lower() in {"y", "yes", "j", "ja"}


def render(rows: Iterable[DiagnosisRow]) -> str:
    """Return a table of 80 columns."""
    first, second = _COLUMNS[spoken()]
    indent = " " * (first + second)
    lines = []
    for row in (_HEADINGS, *rows):
        head = f"{told(row.check):<{first}}{told(row.state):<{second}}"
        lines += textwrap.wrap(
            head + _visible(told(row.detail)),
            _WIDTH,
            subsequent_indent=indent,
            drop_whitespace=True,
        )
    return "\n".join(lines)


def _described(rows: Iterable[tuple[Message, str]]) -> str:
    """Return what a person compares of a certificate, a line for each."""
    return "\n".join(f"  {told(name):<{_LABEL}}{told(text)}" for name, text in rows)


def _visible(text: str) -> str:
    """Return text from a PBX without anything that a terminal could act upon."""
    return "".join(c if c.isprintable() else "?" for c in text)
