"""Saved snapshots of schema 1.0 and 1.1, which hold what they say as text.

What this program said itself is recognised by the templates of that time, which are kept in
`snapshot-1.1.toml`; anything else stays the text that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from auditor.files.toml_reading import parse_toml
from auditor.messages.message import COUNT, Content, Message, Parameter, content_of, say
from auditor.messages.recognition import recognised
from auditor.model.snapshot import Gap, PbxObject, Snapshot
from auditor.model.vocabulary import Coverage

VERSIONS: Final = ("1.0", "1.1")
# Snapshots of this version say nothing about what proves them whole.
_WITHOUT_PROOFS: Final = "1.0"
_NO_PROOF: Final = say("the snapshot is of a version that did not prove what it read to be whole")
_COLLECT_AGAIN: Final = say("collect it again with this version of pbx-auditor")
_TEMPLATES: Final = Path(__file__).with_name("snapshot-1.1.toml")
# Parameters that are sentences themselves; all others are values, whatever they look like.
_INSIDE: Final = {"reason": "reasons", "statement": "statements"}
_BETWEEN: Final = "; "
# Where an object, which is saved as the list of its fields, has what is known of its password.
_PASSWORD: Final = PbxObject._fields.index("password")
_PASSWORDS: Final = (
    *("pbx_password_evidence", "administrator_evidence", "app_platform_password_evidence"),
)


def with_messages(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of an old snapshot as that of a new one. Raises KeyError, TypeError."""
    found = dict(content)
    for name, said in _LISTS.items():
        if name in found:
            found[name] = [said(one) for one in found[name]]
    for name, said in _BY_NAME.items():
        if name in found:
            found[name] = {key: said(one) for key, one in found[name].items()}
    for name in _PASSWORDS:
        if found.get(name) is not None:
            found[name] = _said(found[name], reason=_unreadable)
    if "requests" in found:
        repeated = [_said(one, reason=_reason) for one in found["requests"]["repeated"]]
        found["requests"] = {**found["requests"], "repeated": repeated}
    return found


def unproven(snapshot: Snapshot, version: str) -> Snapshot:
    """Return a snapshot; one of a version that proved nothing to be whole is read in part."""
    if version != _WITHOUT_PROOFS:
        return snapshot
    areas = {
        area: Coverage.PARTIAL if coverage is Coverage.COMPLETE else coverage
        for area, coverage in snapshot.areas.items()
    }
    gaps = [Gap(area, _NO_PROOF, advice=_COLLECT_AGAIN, unproven=True) for area in areas]
    return replace(snapshot, areas=areas, gaps=(*snapshot.gaps, *gaps))


def _said(entry: Mapping[str, Any], **fields: Callable[[str], Message]) -> dict[str, Any]:
    """Return an entry with messages in the place of texts."""
    found: dict[str, Content] = {
        name: content_of(said(entry[name])) for name, said in fields.items() if entry.get(name)
    }
    return {**entry, **found}


def _object(entry: Sequence[Any]) -> list[Any]:
    evidence = entry[_PASSWORD]
    if not evidence.get("reason"):
        return list(entry)
    return [*entry[:_PASSWORD], _said(evidence, reason=_unreadable), *entry[_PASSWORD + 1 :]]


def _note(text: str) -> Message:
    """Return the note of a setting or filter; a statement of a person may come behind another."""
    return _whole([text], "notes") or _whole(text.split(_BETWEEN, 1), "notes") or Message(text)


def _record(text: str) -> Message:
    parts = text.split(_BETWEEN)
    return _whole(parts, "records", "reasons") or Message(text)


def _reason(text: str) -> Message:
    return _whole([text], "reasons") or Message(text)


def _advice(text: str) -> Message:
    return _whole([text], "advice") or Message(text)


def _unreadable(text: str) -> Message:
    return _whole([text], "unreadable") or Message(text)


def _whole(parts: Iterable[str], *groups: str) -> Message | None:
    """Return the message that some parts are, None if one of them is none of ours."""
    found = [_heard(part, groups) for part in parts]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return known[0] if len(known) == 1 else Message("{one}; {other}", {"parts": tuple(known)})


def _heard(text: str, groups: Sequence[str]) -> Message | None:
    """Return the message that a text is, with the messages in it."""
    for found in recognised(text, [one for name in groups for one in _document()[name]]):
        parts = dict(found.parameters)
        inside = dict(_messages_in(parts))
        if all(inside.values()):
            return _today(found.template, {**parts, **{k: v for k, v in inside.items() if v}})
    return None


def _today(template: str, parameters: dict[str, Parameter]) -> Message:
    """Return what this program says in place of a text of that time."""
    forms = _document()["today"].get(template, [template])
    count = str(parameters.get(COUNT, "")).replace(",", "")
    if len(forms) > 1 and count.isascii() and count.isdigit():
        return Message(forms[0], {**parameters, COUNT: int(count)}, forms[1])
    return Message(forms[0], parameters)


def _messages_in(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Message | None]]:
    for name, group in _INSIDE.items():
        if name in parameters:
            yield name, _heard(str(parameters[name]), [group])


@cache
def _document() -> Mapping[str, Any]:
    """Return the templates by group, and what is said in their place."""
    return parse_toml(_TEMPLATES.read_text(encoding="utf-8"))


_Entry: TypeAlias = Callable[[Any], Any]
_LISTS: Final[Mapping[str, _Entry]] = {
    "gaps": lambda one: _said(one, reason=_reason, advice=_advice),
    "filters": lambda one: _said(one, note=_note),
    "sources": lambda one: _said(one, note=_record),
    "scripted": lambda one: {**one, "password": _said(one["password"], reason=_unreadable)},
    "objects": _object,
}
_BY_NAME: Final[Mapping[str, _Entry]] = {
    "settings": lambda one: _said(one, note=_note),
    "template_parents": lambda one: _said(one, note=_note),
    "proofs": lambda one: _said(one, note=_reason),
}
