"""What differs, and what became of a write, in words that give no secret away."""

from auditor.remediation.script.script_messages import Part, Said, quoted, say
from auditor.remediation.script.shared import HIDDEN, MASK, Json, StopError
from auditor.remediation.script.whole_objects import (
    arrived,
    is_line,
    noted_object,
    pieces,
    same_but_password,
)


def differences(now: str, wanted: str) -> list[Said]:
    """Return what has to go and what has to come back, in words that give no secret away."""
    there, wish = pieces(now), pieces(wanted)
    gone, missing = sorted((there - wish).elements()), sorted((wish - there).elements())
    found = [say("goes: {piece}", piece=shown(*piece)) for piece in gone]
    found += [say("comes back: {piece}", piece=shown(*piece)) for piece in missing]
    return found or [say("the order or the form of its parts")]


def shown(place: str, name: str, value: str) -> Part:
    """Return a piece in words that give no secret away."""
    if place.startswith("/") or not (place or name):
        return say("option {name}", name=quoted(place)) if place else say("the text")
    if name in {"pwd", "pwdx"} and not place:
        return say("its password")
    if HIDDEN.search(place + name):
        value = MASK
    return f"{place}{' ' if place else ''}{name}{'=' if name else ''}{value!r:.120}"


def not_as_seen(step: Json) -> StopError:
    """Return that a value is another one than the audit saw."""
    number = step["number"]
    return StopError(1, say("step {number}: the value is not the one that was seen", number=number))


def is_after(now: str, note: Json, change: Json) -> bool:
    """Return whether an object or a line is as a step leaves it."""
    return now == note["after"] if is_line(now) else arrived(noted_object(now), note, change)


def what_failed(now: str, note: Json) -> Said:
    """Return what a PBX did not do, in words."""
    if is_line(now) or not same_but_password(noted_object(now), noted_object(note["after"])):
        return say("the PBX did not take the change as it is")
    if is_kept(now, note):
        return say("the PBX did not take the new password")
    return say("the PBX did not keep the password")


def is_kept(now: str, note: Json) -> bool:
    """Return whether an object has the password that it had."""
    return noted_object(now).get("pwdx") == noted_object(note["before"]).get("pwdx")
