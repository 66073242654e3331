"""Kinds of changes: what reads the value from an object or a line, and what sets it."""

import copy
import xml.etree.ElementTree as ET

from auditor.remediation.script.shared import Json, StopError


def device_of(user: ET.Element, change: Json) -> ET.Element:
    """Return the one device that a change names."""
    found = [device for device in user.findall("device") if device.get("hw") == change["hw"]]
    if len(found) != 1:
        raise StopError(1, f"{change['cn']!r} has {len(found)} devices {change['hw']!r}, not one")
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
        raise StopError(1, f"{change['cn']!r} has {len(found)} elements {change['path']}, not one")
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
    raise StopError(2, f"the plan has a change of kind {kind!r}, which this script does not know")


def told(change: Json) -> str:
    """Return a change in words."""
    kind = change["kind"]
    if kind == "password":
        return "a new random password"
    if kind == "new-device":
        return f"hardware id {change['hw']!r} is added"
    if kind == "marks":
        return f"{change['before']} of {change['path']} {change['name'] or ''!r} are cleared"
    if kind in {"part", "parent"}:
        return f"{change.get('tag') or change['element']} to {change['before']!r} is removed"
    name = change["option"] if kind == "option" else change["attribute"]
    before, after = (
        "not set" if one is None else repr(one) for one in (change["before"], change["after"])
    )
    return f"{name} {before} -> {after}"


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
