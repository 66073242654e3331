"""What the scripts say, as messages: they need Python alone, so they say it in English only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from auditor.files.os_reasons import why
from auditor.messages.message import Message, say, template
from auditor.remediation.script.shared import Json, StopError

# What the scripts say of a plan, or of what was noted of it, and what is said instead where the
# path stands before it. A test finds each of them in the scripts.
REASONS: Final = {
    "{path} cannot be read ({error})": template("it cannot be read ({error})"),
    "{path} is no plan": template("this is no plan"),
    "{path} was changed since it was made: its hash is another one": template(
        "it was changed since it was made: its hash is another one"
    ),
    "{path} is no plan that this script understands": template(
        "this is no plan that this version understands"
    ),
    "{state} is damaged": template("{state} is damaged"),
    "{state} is damaged: {key}, which belongs to it, is not there": template(
        "{state} is damaged: {key}, which belongs to it, is not there"
    ),
    "{state} is damaged, or somebody edited it: it is not believed": template(
        "{state} is damaged, or somebody edited it: it is not believed"
    ),
    "{state} is damaged: {key} knows of notes that are not in it; put the whole one back, or "
    "delete both if there is nothing to take back": template(
        "{state} is damaged: {key} knows of notes that are not in it; put the whole one back, or "
        "delete both if there is nothing to take back"
    ),
}


def reason_of(error: StopError, path: Path) -> Message:
    """Return why a plan cannot be used; what no template says is told as the script says it."""
    if isinstance(error.__context__, OSError):
        return say(REASONS["{path} cannot be read ({error})"], error=why(error.__context__))
    if error.template not in REASONS:
        return say("it cannot be used ({reason})", reason=str(error).removeprefix(f"{path} "))
    return Message(REASONS[error.template], {name: str(one) for name, one in error.parts.items()})


def words_of(change: Json) -> Message:
    """Return a change that a script makes, in words."""
    kind = change["kind"]
    before, after = _value(change.get("before")), _value(change.get("after"))
    if kind == "password":
        return say("a new random password")
    if kind == "new-device":
        return say("hardware id {name} is added", name=repr(change["hw"]))
    if kind == "marks":
        owner = f"{change['path']} {change['name'] or ''!r}"
        return say("{marks} of {name} are cleared", marks=change["before"], name=owner)
    if kind in {"part", "parent"}:
        part = change.get("tag") or change["element"]
        return say("{part} to {name} is removed", part=part, name=before)
    name = change["option" if kind == "option" else "attribute"]
    return say("{name} {before} -> {after}", name=name, before=before, after=after)


def _value(value: str | None) -> str:
    return say("not set") if value is None else repr(value)
