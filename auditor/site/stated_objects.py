"""What a site file states about objects, held against those of the PBX.

Evidence and site file contradict each other if the site file names an object that is not there, or
another number of them: one of the two is wrong, and nothing says which. So the list of objects is
unproven then. A list that only allows something (`admins`, `admin_apps`, devices) does not state
that what it names exists, and a temporary user is one that should be gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Final

from auditor.messages.message import say
from auditor.model.account import Proof, ProofKind
from auditor.model.site import Site
from auditor.model.snapshot import BUILT_IN_PLACES, TEMPLATE_KIND, Gap, PbxObject, Snapshot
from auditor.model.vocabulary import Area, Coverage
from auditor.values.names import folded

_BUILT_IN: Final = frozenset(map(folded, BUILT_IN_PLACES))
_SOURCE: Final = "site file"
_NAMED: Final = 3
_CORRECT: Final = say("correct the site file if they are gone, or read everything again")
_COUNT_AGAIN: Final = say("count again, or read everything again")


def against_site(snapshot: Snapshot, site: Site) -> Snapshot:
    """Return the snapshot, its list of objects unproven if the site file contradicts it.

    A list that is not whole anyway, or was not read, contradicts nothing.
    """
    if snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE:
        return snapshot
    gaps = [*_absent(snapshot, site), *_miscounted(snapshot, site)]
    if not gaps:
        return snapshot
    unproven = Proof(ProofKind.NONE, len(snapshot.objects), note=gaps[0].reason)
    return replace(
        snapshot,
        areas={**snapshot.areas, Area.OBJECTS: Coverage.PARTIAL},
        proofs={**snapshot.proofs, Area.OBJECTS.value: unproven},
        gaps=(*snapshot.gaps, *gaps),
    )


def _absent(snapshot: Snapshot, site: Site) -> Iterator[Gap]:
    """Yield that the site file names objects which are not on the PBX."""
    absent = list(dict.fromkeys([*_absent_objects(snapshot, site), *_absent_templates(snapshot)]))
    if absent:
        reason = say(
            "objects that the site file names are not on the PBX: {count}, for example {names}",
            count=len(absent),
            names=", ".join(f"{name:.40} ({place})" for place, name in absent[:_NAMED]),
        )
        yield Gap(Area.OBJECTS, reason, _SOURCE, advice=_CORRECT)


def _absent_objects(snapshot: Snapshot, site: Site) -> Iterator[tuple[str, str]]:
    hot_desk, lists = site.hot_desk, site.lists
    escapes = site.dialling.escapes
    stated: dict[str, Collection[str]] = {
        "[hot_desk] base_users": hot_desk.base_users or (),
        "[hot_desk] users": hot_desk.users or (),
        "[lists] internal_gateways": lists.internal_gateways,
        "[lists] service_objects": lists.service_objects,
        "[lists] internal_objects": lists.internal_objects,
        "[dialling] escapes": [one for one in escapes if folded(one) not in _BUILT_IN],
    }
    wanted = frozenset(folded(name) for names in stated.values() for name in names) - {""}
    there = _there(snapshot.objects, wanted) if wanted else frozenset()
    for place, names in stated.items():
        yield from ((place, name) for name in names if folded(name) not in there)


def _absent_templates(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield templates about which somebody attests something, or that somebody saw as a parent."""
    known = {one.cn for one in snapshot.objects if one.kind == TEMPLATE_KIND}
    for name, parents in snapshot.template_parents.items():
        for one in (name, *parents.values):
            if one not in known:
                yield "[facts] template_parents", one


def _there(objects: Collection[PbxObject], wanted: frozenset[str]) -> Collection[str]:
    """Return which of some folded names are the name, long name or number of an object."""
    there = {*wanted.intersection(map(attrgetter("h323"), objects))}
    if there == wanted:
        return there  # as nearly always
    for name in ("h323", "cn", "e164"):
        said = map(str.strip, map(attrgetter(name), objects))
        there |= wanted.intersection(map(str.casefold, said))
    return there


def _miscounted(snapshot: Snapshot, site: Site) -> Iterator[Gap]:
    stated, count = site.target.objects, len(snapshot.objects)
    if stated is not None and stated.value != count:
        reason = say(
            "the site file states {stated} objects, the evidence has {count}",
            stated=stated.value,
            count=count,
        )
        yield Gap(Area.OBJECTS, reason, _SOURCE, advice=_COUNT_AGAIN)
