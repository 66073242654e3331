"""What a snapshot says, apart from when, where and under which names it was read.

A renamed file, a line more above and a new address give the same digest, and so does everything of
which nothing is read, such as lines that change by themselves. Texts are kept: where one names a
file, the digest differs though nothing else does, which costs a judgement and no more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter

from auditor.model.account import NOTHING_ASKED, Requests
from auditor.model.snapshot import PbxObject, Snapshot
from auditor.sources.snapshot.saved import head_of

_PLACES: Final = ("source", "line", "address")
# Parts of a snapshot that are in no order, and parts that have names.
# Where a message has what it was made of, and what it calls a line there.
_PARAMETERS: Final = "parameters"
_LINE: Final = "line"
_LISTS: Final = ("boxes", "filters", "scripted", "gaps", "tls")
_SOURCE: Final = PbxObject._fields.index("source")
_NAMED: Final = ("settings", "template_parents", "listed_parents", "proofs")


def content_digest(snapshot: Snapshot, head: Mapping[str, Any] | None = None) -> str:
    """Return the SHA-256 of what a snapshot says, in hexadecimal.

    `head` is that of the snapshot, if it was made already.
    """
    said = {**(head or head_of(snapshot)), "objects": [], "requests": _nothing_asked()}
    for name in _LISTS:
        said[name] = sorted(map(_text, map(_without_place, said[name])))
    for name in _NAMED:
        said[name] = {key: _without_place(one) for key, one in said[name].items()}
    said["sources"] = sorted(one.kind for one in snapshot.sources)
    if snapshot.dialect_file is not None:
        said["dialect_file"] = [snapshot.dialect_file.sha256, *snapshot.dialect_file.replaced]
    digest = hashlib.sha256(_text(said).encode())
    digest.update(_objects(snapshot.objects))
    return digest.hexdigest()


def _without_place(said: dict[str, Any]) -> dict[str, Any]:
    bare = {name: value for name, value in said.items() if name not in _PLACES}
    return {name: _without_lines(value) for name, value in bare.items()}


def _without_lines(said: Any) -> Any:  # noqa: ANN401 -- what JSON holds
    """Return a value; a message in it without the number of the line that it is about."""
    if isinstance(said, list):
        return [_without_lines(one) for one in said]
    if not isinstance(said, dict):
        return said
    if _PARAMETERS in said:
        kept = {name: one for name, one in said[_PARAMETERS].items() if name != _LINE}
        said = {**said, _PARAMETERS: kept}
    return {name: _without_lines(one) for name, one in said.items()}


def _objects(objects: Iterable[PbxObject]) -> bytes:
    """Return objects as JSON, in an order of their own."""
    bare = [PbxObject._make((*one[:_SOURCE], "", 0, *one[_SOURCE + 2 :])) for one in objects]
    return _list_adapter().dump_json(sorted(bare, key=lambda one: (one.key, one.cn, one.h323)))


def _text(said: object) -> str:
    return json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


@cache
def _nothing_asked() -> object:
    return TypeAdapter(Requests).dump_python(NOTHING_ASKED, mode="json")


@cache
def _list_adapter() -> TypeAdapter[list[PbxObject]]:
    return TypeAdapter(list[PbxObject])
