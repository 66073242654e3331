"""Every mutation of a live PBX: through which sources, in which document, which edit, sent how."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from tests.conservation.live.edits import CUTTING, HOLLOWING, REMOVING, REPLACING
from tests.conservation.live.framing import BROKEN, FRAMINGS, UNDELIMITED, WHOLE
from tests.fixtures.pbx import CONFIGURATIONS

SEED: Final = 12
SAMPLE: Final = 48
# What the PBX refuses, and the documents that are read then; the first of them holds the objects.
WAYS: Final = {
    "cfg and list": ((), ("cfg", "list", "box", "show")),
    "cfg and names": (("show",), ("cfg", "names")),
    "cfg alone": (("show", "soap"), ("cfg",)),
    "pages and names": (("cfg",), ("list", "page", "names", "show")),
    "pages alone": (("cfg", "soap"), ("list", "page")),
    "SOAP": (("cfg", "show"), ("names", "show", "version")),
}
LISTS: Final = {"cfg", "list", "names"}
_COUNTED: Final = {"cfg and list", "cfg and names", "pages and names"}
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
    def chance(self):
        """Return the source of chance of this case, the same in each run."""
        return random.Random(f"{SEED} {self}")  # noqa: S311 -- repeatable


def every_place():
    """Yield where something may happen: configuration, way and document."""
    for config in CONFIGURATIONS:
        for way, (_, documents) in WAYS.items():
            yield from ((config, way, document) for document in documents)


def cases_at(config, way, document):
    """Return all cases of one place, each once."""
    changes = dict.fromkeys(_changes(way, document))
    return [Case(config, way, document, *change) for change in changes]


def sample():
    """Return some cases by chance, the same in each run: each kind of change once before twice."""
    cases = [case for place in every_place() for case in cases_at(*place)]
    random.Random(SEED).shuffle(cases)  # noqa: S311 -- repeatable
    kinds: dict[tuple[str, ...], int] = {}
    ranked = []
    for case in cases:
        kind = (case.document, case.edit)
        kinds[kind] = kinds.get(kind, 0) + 1
        ranked.append((kinds[kind], len(ranked), case))
    return [case for *_, case in sorted(ranked)[:SAMPLE]]


def _changes(way, document):
    yield from (("same", framing) for framing in {**UNDELIMITED, **BROKEN})
    yield from ((edit, framing) for edit in CUTTING for framing in FRAMINGS if _fits(framing))
    yield from ((edit, framing) for edit in REPLACING for framing in (*WHOLE, *UNDELIMITED))
    yield from ((other, "length") for other in _OTHERS)
    yield ("another of its kind", "length")
    if document not in LISTS:
        return
    for edit in _hollowing(way, document):
        yield from ((edit, framing) for framing in (*WHOLE, *UNDELIMITED))
    yield from ((edit, framing) for edit in REMOVING for framing in _may_remove(way, document))
    yield ("no_name", "length")
    if document == "cfg":
        yield from (("cut_after_admin", framing) for framing in _may_remove(way, document))
    if document == "names":
        yield ("wrong_number", "length")


def _hollowing(way, document):
    """Return what leaves a list without what each has; an empty page of names is just its end."""
    alone = document == "names" and way not in _COUNTED
    return ["drop_admin", "drop_pbx"] if alone else list(HOLLOWING)


def _fits(framing):
    """Return whether a framing can be combined with a body that is cut."""
    return not framing.isdecimal() and framing not in {"nothing", "half a head", "head alone"}


def _may_remove(way, document):
    """Return the framings with which a removed object must show.

    Where one source stands alone, nothing shows it but that its text has no end.
    """
    if way in _COUNTED:
        return (*WHOLE, *UNDELIMITED)
    return tuple(UNDELIMITED) if document == "cfg" else ()
