"""What a shell offers for the value of an option: it says nothing where it cannot tell."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

import typer

from auditor.errors import AuditorError
from auditor.facts import known_facts
from auditor.rules.catalogue import Catalogue
from auditor.run.outputs import FORMATS
from auditor.run.report_writer import OF_REPORT
from auditor.run.setup import load_catalogue_of
from auditor.site.site_file import load_site

# A value and what it is.
Offer: TypeAlias = tuple[str, str]
_OWN: Final = ("rules", "folders", "folder")


def controls(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Return the ids of controls, those of the site and of own folders among them."""
    catalogue = _catalogue(ctx)
    rules = catalogue.rules.values() if catalogue else ()
    return _beginning(((rule.id, rule.title) for rule in rules), incomplete)


def profiles(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Return the names of profiles, those of own folders among them."""
    catalogue = _catalogue(ctx)
    names = catalogue.profiles if catalogue else ()
    return _beginning(((name, "") for name in names), incomplete)


def facts(incomplete: str) -> list[Offer]:
    """Return the names of facts, which are areas of a configuration."""
    return _beginning(((name, one.label) for name, one in known_facts().items()), incomplete)


def formats(incomplete: str) -> list[Offer]:
    """Return what can stand behind the last comma of a list of formats."""
    return _listed(FORMATS, incomplete)


def formats_of_report(incomplete: str) -> list[Offer]:
    """Return the same for formats that are made of a saved report."""
    return _listed(OF_REPORT, incomplete)


def configurations(incomplete: str) -> list[Offer]:
    """Return the configurations of the simulated PBX."""
    return _beginning((("insecure", ""), ("hardened", "")), incomplete)


def _listed(known: Iterable[str], incomplete: str) -> list[Offer]:
    before, comma, last = incomplete.rpartition(",")
    taken = before.split(",")
    free = [one for one in known if one.startswith(last) and one not in taken]
    return [(f"{before}{comma}{one}", "") for one in free]


def _beginning(offers: Iterable[Offer], incomplete: str) -> list[Offer]:
    folded = incomplete.casefold()
    return sorted(offer for offer in offers if offer[0].casefold().startswith(folded))


def _catalogue(ctx: typer.Context) -> Catalogue | None:
    """Return the controls that the rest of the command line names; None if it is wrong."""
    given = ctx.params
    own = [Path(one) for name in _OWN for one in _several(given.get(name))]
    site = given.get("site")
    with suppress(AuditorError, OSError):
        return load_catalogue_of(load_site(Path(site) if site else None), own)
    with suppress(AuditorError, OSError):
        return load_catalogue_of(load_site(None))
    return None


def _several(value: object) -> Iterable[str]:
    if value is None:
        return ()
    return map(str, value) if isinstance(value, list | tuple) else (str(value),)
