"""The whole configuration as it was before the first byte, and the way back to it."""

import hashlib
import hmac
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from auditor.remediation.script.plan_folder import Folder, kept_configuration
from auditor.remediation.script.script_messages import Part, listed, quoted, say
from auditor.remediation.script.shared import MASK, StopError, write_out
from auditor.remediation.script.stored_configuration import (
    NAMES,
    Lines,
    lines_by_place,
    stored_object,
)
from auditor.remediation.script.verified_write import Places
from auditor.remediation.script.whole_objects import (
    is_line,
    noted_place,
    ways_back,
    without_password,
)

UNREADABLE = say("the configuration cannot be read: what differs cannot be told")
MOST = 500


class Kept:
    """The lines of all modules and objects as they were before the first step of a plan.

    The variables of the box, which hold its logins, are not among them.
    """

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.name = kept_configuration(folder.hash)

    def keep(self, lines: Lines) -> None:
        """Keep the lines, unless a step was ever begun: then it is too late for it.

        What a step did elsewhere is there still when the step itself was taken back.
        """
        if self.folder.notes():
            return
        text = "\n".join(line for place in lines.values() for line in place)
        content = text.encode(errors="surrogateescape")
        self.folder.replace(self.name, self.proof(content) + b"\n" + content)

    def lines(self) -> Lines:
        """Return the lines by what they are about. Refuses what this script did not write."""
        proof, _, content = self.folder.content(self.name).partition(b"\n")
        if not proof:
            raise StopError(
                2, say("{name} is not there: no configuration was kept", name=self.name)
            )
        if not hmac.compare_digest(proof, self.proof(content)):
            raise StopError(
                2,
                say("{name} is damaged, or somebody edited it: it is not believed", name=self.name),
            )
        return lines_by_place(content.decode(errors="surrogateescape").split("\n"))

    def proof(self, content: bytes) -> bytes:
        """Return the authentication of what is kept."""
        key = hmac.digest(self.folder.own_secret(), self.folder.hash.encode(), hashlib.sha256)
        return hmac.new(key, content, hashlib.sha256).hexdigest().encode()


class Everything:
    """Puts back what differs from the kept configuration, beside what steps are about."""

    def __init__(self, places: Places, folder: Folder, *, apply: bool) -> None:
        self.places = places
        self.folder = folder
        self.apply = apply
        self.wanted = Kept(folder).lines()
        self.left: list[Part] = []

    def restore(self) -> None:
        """Show what differs from what was kept; put it back if that was approved."""
        witness = self.places.witness
        if not (witness.look() and witness.look()):  # twice: what changes by itself is left alone
            raise StopError(1, UNREADABLE)
        notes = self.folder.every().values()
        apart = {noted_place(note) for note in notes if note["phase"] != "undone"}
        apart |= witness.restless
        every = self.wanted.keys() | self.there().keys()
        for place in sorted(every - apart):
            if self.wanted.get(place) != self.there().get(place):
                self.put_back(place)
        if self.left:
            raise StopError(
                1, say("this has to be put back by hand: {names}", names=listed(self.left)[:MOST])
            )

    def there(self) -> Lines:
        """Return what was there at the last look; nothing is written where that saw nothing."""
        if self.places.witness.lines is None:
            raise StopError(1, UNREADABLE)
        return self.places.witness.lines

    def put_back(self, place: str) -> None:
        """Show what differs at one place, and put it back if that was approved."""
        lines = self.wanted.get(place, [])
        name = named(place, lines)
        write_out(say("beside the steps of the plan this differs: {name}", name=name))
        if self.apply and not self.is_put_back(place, lines):
            self.left.append(name)

    def is_put_back(self, place: str, lines: list[str]) -> bool:
        """Write a module or an object as it was kept; return whether it is there then."""
        witness = self.places.witness
        self.places.pbx.allow(place)
        for way in ways(lines):
            try:
                self.places.send(way)
            except StopError as error:
                write_out(error.said, indent="  ")
            witness.look(wrote=True)
            if witness.line(place) == "\n".join(lines):
                return True
        return False


def ways(lines: list[str]) -> Sequence[str | ET.Element]:
    """Return what to send for the lines of one place, if that is known."""
    if len(lines) != 1:
        return []
    if is_line(lines[0]):
        return lines
    user = stored_object(lines[0])
    if user is None:
        return []
    names = dict(NAMES.findall(lines[0].partition("(pbx=")[0]))
    user.attrib.update({name: text.removeprefix("bin:") for name, text in names.items()})
    if not user.get("pwd"):
        return [user]
    one = without_password(user)
    one.attrib.update({"pwd": MASK, "pwdx": user.get("pwd", "")})
    return ways_back(one)


def named(place: str, lines: list[str]) -> Part:
    """Return what people know a module or an object by."""
    if not lines:
        return say("{name}, which was not there", name=quoted(place))
    names = dict(NAMES.findall(lines[0].partition("(pbx=")[0]))
    return quoted(names.get("cn", place))
