"""`pbx-auditor doctor`: whether a PBX can be read, how well, and what is missing."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.catalogue import load_catalogue
from auditor.cli.console import show
from auditor.credentials import find_credentials
from auditor.dialects import check_dialect
from auditor.doctor import Row, diagnose
from auditor.errors import InputError
from auditor.model.site import Site
from auditor.settings import DEFAULTS, load_site
from auditor.sources.login import parse_address
from auditor.sources.probe import probe_pbx
from auditor.sources.trust import Place, shown_certificate

_WIDTH: Final = 80
_HEADINGS: Final = Row("CHECK", "STATE", "DETAIL")
_COLUMNS: Final = (14, 11)


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
) -> None:
    """Check whether a PBX can be reached, trusted, logged in to and read.

    For each area that is closed it says which controls that costs, and how to open it. It takes its
    account as an audit does, and sends nothing that could change anything.

    Exit codes: 0 everything can be read, 2 usage or input, 3 unreachable or login refused, 4 some
    area is closed.
    """
    settings = load_site(site)
    if show_fingerprint:
        show(_fingerprint(target))
        return
    check_dialect(settings.target.dialect)
    rows, code = _diagnose(target, settings)
    show(render(rows))
    raise typer.Exit(code)


def _diagnose(target: str, site: Site) -> tuple[list[Row], int]:
    parts = parse_address(target)
    found = probe_pbx(target, site, find_credentials(site, live=True), DEFAULTS)
    rules = list(load_catalogue().rules.values())
    return diagnose(found, f"{parts.scheme}://{parts.netloc}", site.tls, rules)


def render(rows: Iterable[Row]) -> str:
    """Return a table of 80 columns."""
    first, second = _COLUMNS
    indent = " " * (first + second)
    lines = []
    for row in (_HEADINGS, *rows):
        head = f"{row.check:<{first}}{row.state:<{second}}"
        lines += textwrap.wrap(
            head + _visible(row.detail), _WIDTH, subsequent_indent=indent, drop_whitespace=True
        )
    return "\n".join(lines)


def _visible(text: str) -> str:
    """Return text from a PBX without anything that a terminal could act upon."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _fingerprint(target: str) -> str:
    parts = parse_address(target)
    if parts.scheme != "https":
        raise InputError(
            "only an https:// address has a certificate", where="TARGET", advice="use https://"
        )
    shown = shown_certificate(Place(parts.hostname or "", parts.port or 443, DEFAULTS.timeout))
    digits = hashlib.sha256(shown).hexdigest()
    return f"""\
{parts.netloc} shows a certificate with this SHA-256 fingerprint:

{":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()}

Compare it with the one that the PBX itself shows, from a place you
trust. If they are the same, pin it in the site file:

[tls]
fingerprint = "{digits}"
"""
