"""The configuration as a second witness, beside what is shown.

What a PBX shows of an object may be old, or be what it was sent and not what it stores.
"""

import collections
import re
import xml.etree.ElementTree as ET

from auditor.remediation.script.pbx_client import Pbx, head_of
from auditor.remediation.script.shared import Json, StopError
from auditor.remediation.script.whole_objects import (
    hidden_of,
    noted_object,
    pieces,
    text_of,
    without_password,
)
from auditor.remediation.script.xml_reading import parse

GUID = re.compile(r"\(guid=(?:bin:)?([0-9a-f]+)\)", re.IGNORECASE)
VALUE = re.compile(r"\(pbx=(<user\b.*?(?:/>|</user>))\)(?=\(|$)")
NAMES = re.compile(r"\((\w+)=([^()]+)\)")
APART = ("pwd", "pwdx", "key")
Lines = dict[str, list[str]]  # by the module or object that they are about


class Witness:
    """Reads the configuration before and after a write.

    What changed between two looks although nothing was written is not looked at any more: a count
    of downloads, or what others work on.
    """

    def __init__(self, pbx: Pbx, codes: tuple[int, ...] = (1,)) -> None:
        self.pbx = pbx
        self.codes = codes  # with which a run goes on without the configuration
        self.lines: Lines | None = None
        self.former: Lines | None = None
        self.restless: set[str] = set()
        self.moved: set[str] = set()

    def look(self, *, wrote: bool = False) -> bool:
        """Read the configuration, if the account may; return whether it could be read."""
        self.former = self.lines
        try:
            self.lines = lines_by_place(self.pbx.configuration())
        except StopError as error:
            if error.code not in self.codes:
                raise
            self.lines = None  # the account may not read it, it is not there, or it breaks off
        found = self.moved if wrote else self.restless
        found |= self.changed()
        return self.lines is not None

    def changed(self) -> set[str]:
        """Return the places whose lines are others than at the look before."""
        if self.former is None or self.lines is None:
            return set()
        every = self.former.keys() | self.lines.keys()
        return {place for place in every if self.former.get(place) != self.lines.get(place)}

    def elsewhere(self, place: str) -> list[str]:
        """Return what changed with the last writes, beside the place that was written."""
        found, self.moved = self.moved - self.restless - {place}, set()
        return sorted(found)

    def line(self, place: str) -> str:
        """Return the lines of a place as one text, empty if there are none."""
        return "\n".join((self.lines or {}).get(place, ()))

    def stored(self, guid: str) -> ET.Element | None:
        """Return the object as the configuration holds it, None if it cannot be found there."""
        return stored_object(self.line(guid.lower()))

    def contradiction(self, user: ET.Element, note: Json) -> set[str]:
        """Return the names of what is shown of an object and not held, or held and not shown.

        What was shown and not held before the step already is no contradiction: the PBX may show
        what it makes of an object.
        """
        former = stored_object(note.get("stored", ""))
        if former is None or self.lines is None:
            return set()
        held = self.stored(note_guid(note))
        if held is None:
            return {user.tag}
        return hidden(user, held) | more_shown(user, held, noted_object(note["before"]), former)

    def is_known(self, note: Json) -> bool:
        """Return whether it is known what the configuration held before a step, and holds now."""
        return bool(note.get("stored")) and self.lines is not None

    def holds(self, note: Json) -> bool:
        """Return whether the configuration holds what it held before a step, byte by byte."""
        return not self.is_known(note) or self.line(note_guid(note)) == note["stored"]


def note_guid(note: Json) -> str:
    """Return the GUID of the object of a note."""
    return noted_object(note["before"]).get("guid", "").lower()


def lines_by_place(lines: list[str]) -> Lines:
    """Return the lines of modules and objects by what they are about."""
    found: Lines = {}
    for line in lines:
        guid = GUID.search(line)
        if line.startswith("config change "):
            found.setdefault(head_of(line), []).append(line)
        elif guid and "(pbx=" in line:
            found.setdefault(guid[1].lower(), []).append(line)
    return found


def stored_object(line: str) -> ET.Element | None:
    """Return the object in a line of the configuration, None if it is not there.

    A box may hold its objects elsewhere, and how a line quotes is not documented.
    """
    values = VALUE.findall(line)
    if len(values) != 1 or "\n" in line:
        return None
    try:
        user = parse(values[0])
    except (StopError, UnicodeError):
        return None
    names = NAMES.findall(line.partition("(pbx=")[0])
    user.attrib.update((name, text) for name, text in names if name in {"h323", "e164"})
    return user


def hidden(user: ET.Element, held: ET.Element) -> set[str]:
    """Return the names of what an object holds and does not show, its password included."""
    found = hidden_of(user, held, APART)
    secret = held.get("pwd", "")
    if secret and secret.lower() != user.get("pwdx", "").lower():
        found.add("pwdx")
    return found


def more_shown(
    user: ET.Element, held: ET.Element, former_user: ET.Element, former_held: ET.Element
) -> set[str]:
    """Return the names of what an object shows and does not hold, unless that was so before."""
    now = only_shown(user, held) - only_shown(former_user, former_held)
    return {name or place for place, name in now}


def only_shown(user: ET.Element, held: ET.Element) -> collections.Counter[tuple[str, str]]:
    """Return what an object shows and does not hold, by place and name, counted."""
    held, shown = with_encrypted(held, "pwd"), with_encrypted(user, "pwdx")
    more = pieces(text_of(shown)) - pieces(text_of(held))
    return collections.Counter((place, name) for place, name, _ in more.elements())


def with_encrypted(user: ET.Element, name: str) -> ET.Element:
    """Return an object whose encrypted password stands where all objects have it."""
    one = without_password(user)
    secret = user.get(name, "")
    if secret:
        one.set("pwdx", secret.lower())
    return one
