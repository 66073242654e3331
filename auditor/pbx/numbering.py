"""The tree of numbering nodes: what one dials from one place of it to reach another.

Documented (wiki PBX/Objects/Node and PBX/Objects/PBX): the number of a node, and of the node that
each PBX object makes, is a prefix, unique within its parent; who calls from elsewhere dials it.
Higher nodes are called directly, unless the caller's node has escape digits: then only with them.
Not documented: how escape digits are stored, how several of them follow one another, and whether
a call may take a way round by its own node's prefix. Such spellings are possible, not certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import CONTENT, NODE_KIND, PBX_KIND, PbxObject

_ROOT_NAME: Final = "root"
_OWN_PBX: Final = "."
MAX_LEVELS: Final = 20
MAX_PLACES: Final = 16
NODE_KINDS: Final = frozenset({NODE_KIND, PBX_KIND})


class Node(NamedTuple):
    """A node: its folded name, its prefix, and its escape digits.

    `sure` says that the prefix is in effect. `escape` is empty if there are no such digits, None
    if that is not known. `holder` is the object that makes the node.
    """

    name: str
    prefix: str
    sure: bool
    escape: str | None
    holder: PbxObject | None = None


_ROOT: Final = Node(_ROOT_NAME, "", sure=True, escape="")


class NodePath(NamedTuple):
    """The nodes that something lies in, from the root down; `doubt` says why the top is missing."""

    nodes: tuple[Node, ...]
    doubt: Message = NOTHING


ROOT: Final = NodePath((_ROOT,))


class Spellings(NamedTuple):
    """What one dials to reach something: surely, perhaps, and why there may be more."""

    certain: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    doubts: tuple[Message, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """Return what is certain and what is possible."""
        return (*self.certain, *self.possible)


class Numbering:
    """The numbering nodes of one PBX. `escapes` are escape digits that a person states, by node."""

    def __init__(self, objects: Iterable[PbxObject], escapes: Mapping[str, str]) -> None:
        self._escapes = {name.casefold(): digits for name, digits in escapes.items()}
        self._named: dict[str, list[PbxObject]] = {}
        self._long_named: dict[str, list[PbxObject]] = {}
        for candidate in objects:
            if candidate.kind in NODE_KINDS or not candidate.shows("pseudo"):
                self._named.setdefault(candidate.h323.casefold(), []).append(candidate)
                self._long_named.setdefault(candidate.cn.casefold(), []).append(candidate)
        self._places: dict[tuple[str | None, str], tuple[NodePath, ...]] = {}
        self._climbed: dict[str, list[NodePath]] = {}

    @staticmethod
    def key(member: PbxObject) -> tuple[str | None, str]:
        """Return what decides where an object lies: two with the same key lie in one place."""
        node = member.attributes.get("node", "").casefold()
        if not node and not member.shows("node"):
            return None, ""
        loc = "" if node else member.attributes.get("loc", "").casefold()
        return node, loc

    def places(self, member: PbxObject) -> tuple[NodePath, ...]:
        """Return where an object lies, in every admissible reading.

        Its node decides. What has none lies in the root, or in the node of its PBX.
        """
        key = self.key(member)
        if key not in self._places:
            self._places[key] = tuple(self._find(*key))
        return self._places[key]

    def spell(self, callers: Sequence[NodePath], target: PbxObject) -> Spellings:
        """Return what callers dial, who are in one of several places, to reach an object."""
        ways = [
            _between(caller, place, target.e164)
            for caller in callers
            for place in self.places(target)
        ]
        certain = set.intersection(*(set(way.certain) for way in ways)) if ways else set()
        every = dict.fromkeys(number for way in ways for number in way.every)
        doubts = dict.fromkeys(doubt for way in ways for doubt in way.doubts)
        return Spellings(
            tuple(number for number in every if number in certain),
            tuple(number for number in every if number not in certain),
            tuple(doubts),
        )

    def _find(self, node: str | None, loc: str) -> Iterable[NodePath]:
        if node is None:
            yield ROOT
            names = [name for name in self._named if name]
            for name in names[:MAX_PLACES]:
                yield from self._climb(name, ())
            if len(names) > MAX_PLACES:
                yield NodePath((), say("this source does not show the node of every object"))
            return
        yield from self._climb(node, ())
        pbx = [o for o in self._holders(loc) if o.kind == PBX_KIND and o.e164]
        if not node and loc not in {"", _OWN_PBX} and pbx:
            yield from self._climb(loc, ())

    def _holders(self, name: str) -> list[PbxObject]:
        """Return the objects that make a node of this name; a long name counts only if need be."""
        return self._named.get(name) or self._long_named.get(name, []) if name else []

    def _climb(self, name: str, below: tuple[str, ...]) -> list[NodePath]:
        """Return the places of a node, by each object that makes it; `below` led to it."""
        if name in {"", _ROOT_NAME}:
            return [ROOT]
        if name in below or len(below) >= MAX_LEVELS:
            return [NodePath((), say("node {name} lies below itself, or too deep", name=name))]
        if name not in self._climbed:
            self._climbed[name] = self._reach(name, below)
        return self._climbed[name]

    def _reach(self, name: str, below: tuple[str, ...]) -> list[NodePath]:
        holders = self._holders(name)
        if not holders:
            # Nobody is seen to climb above it, so its escape digits do not matter.
            unknown = Node(name, "", sure=False, escape=None)
            return [
                NodePath((unknown,), say("node {name} is not among the objects read", name=name))
            ]
        found = [place for holder in holders for place in self._above(name, holder, (*below, name))]
        if len(found) > MAX_PLACES:
            several = say("node {name} exists too often in the evidence", name=name)
            return [*found[:MAX_PLACES], NodePath((), several)]
        return found

    def _above(self, name: str, holder: PbxObject, below: tuple[str, ...]) -> list[NodePath]:
        known = holder.kind in NODE_KINDS and bool(holder.h323)
        sure = known and bool(holder.e164)
        node = Node(name, holder.e164, sure, self._escape(name, holder), holder)
        if not holder.shows("e164") or not holder.shows("node"):
            doubt = say("this source does not show number and parent of node {name}", name=name)
            return [NodePath((node,), doubt)]
        parent = holder.attributes.get("node", "").casefold()
        return [NodePath((*place.nodes, node), place.doubt) for place in self._climb(parent, below)]

    def _escape(self, name: str, holder: PbxObject) -> str | None:
        """Return the escape digits of a node: as stated, or none where nothing may hold any."""
        stated = self._escapes.get(name)
        if stated is not None:
            return stated
        return "" if holder.shows(CONTENT) and not holder.unexplained else None


def _between(caller: NodePath, target: NodePath, number: str) -> Spellings:
    """Return what a caller in one place dials to reach a number in another."""
    names = [node.name for node in caller.nodes]
    shared = [at for at, node in enumerate(target.nodes) if node.name in names]
    prefixes = [node.prefix for node in target.nodes]
    doubts = [target.doubt] if target.doubt else []
    plain = ["".join(prefixes[at:]) + number for at in range(len(prefixes) + 1)]
    if not shared:
        reasons = dict.fromkeys(filter(None, (target.doubt, caller.doubt)))
        return Spellings((), tuple(plain), tuple(reasons))
    certain: list[str] = []
    possible = plain
    for at in shared:
        climbed = caller.nodes[names.index(target.nodes[at].name) + 1 :]
        escapes = [node.escape for node in reversed(climbed) if node.escape != ""]
        doubts += [_may_escape(node) for node in climbed if node.escape is None]
        spelled = "".join(filter(None, escapes)) + "".join(prefixes[at + 1 :]) + number
        direct = at == shared[-1] and None not in escapes and len(escapes) <= 1
        if direct and all(node.sure for node in target.nodes[at + 1 :]):
            certain.append(spelled)
        possible = [*possible, spelled]
    rest = dict.fromkeys(one for one in possible if one not in certain)
    return Spellings(tuple(certain), tuple(rest), tuple(dict.fromkeys(doubts)))


def _may_escape(node: Node) -> Message:
    return say(
        "node {name} may have escape digits, and how they are stored is not documented: state them "
        "in the site file, [dialling.escapes]",
        name=node.name,
    )
