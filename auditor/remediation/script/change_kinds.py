"""Kinds of changes: what reads the value from an object or a line, and what sets it."""

import copy
import xml.etree.ElementTree as ET

from auditor.remediation.script.script_messages import Part, Said, quoted, say
from auditor.remediation.script.shared import Json, StopError


def device_of(user: ET.Element, change: Json) -> ET.Element:
    """Return the one device that a change names."""
    found = [device for device in user.findall("device") if device.get("hw") == change["hw"]]
    if len(found) != 1:
        raise StopError(
            1,
            say(
                "{name} has {count} devices {device}, not one",
                name=quoted(change["cn"]),
                count=len(found),
                device=quoted(change["hw"]),
            ),
        )
    return found[0]


def parts_of(user: ET.Element, change: Json) -> list[ET.Element]:
    """Return the diversions or further phones that lead where the plan says."""
    found = []
    for part in user.findall(change["tag"]):
        ends = part.findall("ep") or [part]
        leads = [(end.get("e164", ""), end.get("h323", "")) for end in ends]
        if leads == [(change["e164"], change["h323"])] and part.get("type", "") == change["type"]:
            found.append(part)
    return found


def marked_of(user: ET.Element, change: Json) -> ET.Element:
    """Return the element that has the check marks, for example <app> inside <pseudo>."""
    found = [one for one in user.findall(change["path"]) if one.get("name") == change["name"]]
    if len(found) != 1:
        raise StopError(
            1,
            say(
                "{name} has {count} elements {path}, not one",
                name=quoted(change["cn"]),
                count=len(found),
                path=change["path"],
            ),
        )
    return found[0]


def parents_of(user: ET.Element, change: Json) -> list[tuple[ET.Element, ET.Element]]:
    """Return the elements inside <pseudo> that name the template, each with what it lies in."""
    return [
        (pseudo, one)
        for pseudo in user.findall("pseudo")
        for one in pseudo.findall(change["element"])
        if one.get(change["attribute"]) == change["before"]
    ]


def current(user: ET.Element, change: Json) -> str | None:
    """Return the value that a change is about, as the plan writes it; None if it is not set."""
    kind = change["kind"]
    if kind == "attribute":
        return user.get(change["attribute"]) or None
    if kind == "password":
        return "set" if user.get("pwdx") else "none"
    if kind == "device":
        return device_of(user, change).get(change["attribute"]) or None
    if kind == "new-device":
        has_it = any(device.get("hw") == change["hw"] for device in user.findall("device"))
        return change["hw"] if has_it else None
    if kind == "part":
        return change["before"] if parts_of(user, change) else None
    if kind == "parent":
        return change["before"] if parents_of(user, change) else None
    if kind == "marks":
        element = marked_of(user, change)
        return " ".join(mark for mark in change["before"].split() if element.get(mark) == "true")
    raise StopError(
        2,
        say(
            "the plan has a change of kind {kind}, which this script does not know",
            kind=quoted(kind),
        ),
    )


def in_words(change: Json) -> Said:
    """Return a change in words."""
    kind = change["kind"]
    if kind == "password":
        return say("a new random password")
    if kind == "new-device":
        return say("hardware id {name} is added", name=quoted(change["hw"]))
    if kind == "marks":
        owner = f"{change['path']} {quoted(change['name'] or '')}"
        return say("{marks} of {name} are cleared", marks=change["before"], name=owner)
    if kind in {"part", "parent"}:
        part = change.get("tag") or change["element"]
        return say("{part} to {name} is removed", part=part, name=quoted(change["before"]))
    name = change["option"] if kind == "option" else change["attribute"]
    before, after = value_of(change["before"]), value_of(change["after"])
    return say("{name} {before} -> {after}", name=name, before=before, after=after)


def value_of(value: str | None) -> Part:
    """Return a value in words."""
    return say("not set") if value is None else quoted(value)


def put(element: ET.Element, name: str, value: str | None) -> None:
    """Set an attribute, or take it away."""
    if value is None:
        element.attrib.pop(name, None)
    else:
        element.set(name, value)


def changed(user: ET.Element, change: Json) -> ET.Element:
    """Return the object as it is to be; a new password is not in it."""
    new = copy.deepcopy(user)
    kind = change["kind"]
    if kind == "attribute":
        put(new, change["attribute"], change["after"])
    elif kind == "device":
        put(device_of(new, change), change["attribute"], change["after"])
    elif kind == "part":
        for part in parts_of(new, change):
            new.remove(part)
    elif kind == "parent":
        for pseudo, parent in parents_of(new, change):
            pseudo.remove(parent)
    elif kind == "marks":
        for mark in change["before"].split():
            put(marked_of(new, change), mark, None)
    elif kind == "new-device":
        ET.SubElement(new, "device", {"hw": change["hw"]})
    elif kind == "password":
        new.attrib.pop("pwdx", None)  # what the PBX makes of the new one is known when it shows it
    return new


def with_option(line: str, change: Json) -> str | None:
    """Return the line with the option changed; None if it is not the value that was seen."""
    words = line.split(" ")
    places = [i for i, word in enumerate(words) if word == change["option"]]
    if len(places) != 1:
        return None
    end = next((i for i in range(places[0] + 1, len(words)) if words[i][:1] == "/"), len(words))
    if " ".join(words[places[0] + 1 : end]) != change["before"]:
        return None
    return " ".join([*words[: places[0] + 1], change["after"], *words[end:]])
