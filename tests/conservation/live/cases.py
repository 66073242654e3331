"""Every mutation of a live PBX: through which sources, in which document, which edit, sent how."""

from __future__ import annotations

import random
from typing import Any, Final, NamedTuple

from tests.conservation.live.edits import CUTTING, HOLLOWING, REMOVING, REPLACING
from tests.conservation.live.framing import BROKEN, FRAMINGS, UNDELIMITED, WHOLE
from tests.fixtures.pbx import CONFIGURATIONS

SEED: Final = 12
SAMPLE: Final = 48


class Way(NamedTuple):
    """What the PBX refuses, and the documents that are read then; the first holds the objects.

    `counted` says that the site file states how many objects there are.
    """

    refused: tuple[str, ...]
    documents: tuple[str, ...]
    counted: bool = False


WAYS: Final = {
    "cfg and list": Way((), ("cfg", "list", "box", "show")),
    "cfg and names": Way(("show",), ("cfg", "names")),
    "cfg alone": Way(("show", "soap"), ("cfg",)),
    "cfg, counted": Way(("show", "soap"), ("cfg",), counted=True),
    "pages and names": Way(("cfg",), ("list", "page", "names", "show")),
    "pages alone": Way(("cfg", "soap"), ("list", "page")),
    "pages, counted": Way(("cfg", "soap"), ("list", "page"), counted=True),
    "SOAP": Way(("cfg", "show"), ("names", "show", "version")),
    "SOAP, counted": Way(("cfg", "show"), ("names", "show", "version"), counted=True),
}
LISTS: Final = {"cfg", "list", "names"}
# Objects that are missing from all that was read show nowhere, unless the text has no end.
_OTHERS: Final = ("box", "cfg", "list", "page", "names", "show")


class Case(NamedTuple):
    """One mutation; `edit` may also be the name of a document that is sent instead."""

    config: str
    way: str
    document: str
    edit: str
    framing: str

    def __str__(self):
        return "-".join(self)

    @property
    def profile(self):
        """Return the profile in which nothing may pass because of it.

        What takes whole lines out of a configuration that stands alone makes that of another PBX,
        whole by its own ends. That is proof enough but where a profile asks for two sources.
        """
        takes_lines = self.edit in REMOVING or self.edit == "cut_after_admin"
        is_whole = self.framing in WHOLE
        return "strict" if self.way == "cfg alone" and takes_lines and is_whole else "baseline"

    @property
    def chance(self):
        """Return the source of chance of this case, the same in each run."""
        return random.Random(f"{SEED} {self}")  # noqa: S311 -- repeatable


def every_place():
    """Yield where something may happen: configuration, way and document."""
    for config in CONFIGURATIONS:
        for name, way in WAYS.items():
            yield from ((config, name, document) for document in way.documents)


def cases_at(config, way, document):
    """Return all cases of one place, each once."""
    changes = dict.fromkeys(_changes(document))
    return [Case(config, way, document, *change) for change in changes]


def sample():
    """Return some cases by chance, the same in each run: each kind of change once before twice."""
    cases = [case for place in every_place() for case in cases_at(*place)]
    random.Random(SEED).shuffle(cases)  # noqa: S311 -- repeatable
    kinds: dict[tuple[str, ...], int] = {}
    ranked: list[Any] = []
    for case in cases:
        kind = (case.document, case.edit)
        kinds[kind] = kinds.get(kind, 0) + 1
        ranked.append((kinds[kind], len(ranked), case))
    return [case for *_, case in sorted(ranked)[:SAMPLE]]


def _changes(document):
    yield from (("same", framing) for framing in {**UNDELIMITED, **BROKEN})
    yield from ((edit, framing) for edit in CUTTING for framing in FRAMINGS if _fits(framing))
    yield from ((edit, framing) for edit in REPLACING for framing in (*WHOLE, *UNDELIMITED))
    yield from ((other, "length") for other in _OTHERS)
    yield ("another of its kind", "length")
    if document not in LISTS:
        return
    for edit in (*HOLLOWING, *REMOVING):
        yield from ((edit, framing) for framing in (*WHOLE, *UNDELIMITED))
    yield ("no_name", "length")
    if document == "cfg":
        yield from (("cut_after_admin", framing) for framing in (*WHOLE, *UNDELIMITED))
    if document == "names":
        yield ("wrong_number", "length")


def _fits(framing):
    """Return whether a framing can be combined with a body that is cut."""
    return not framing.isdecimal() and framing not in {"nothing", "half a head", "head alone"}
