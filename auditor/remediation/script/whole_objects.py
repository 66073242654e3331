"""What is compared, noted, sent and put back: an object or a line as a whole."""

import collections
import copy
import re
import xml.etree.ElementTree as ET
from collections.abc import Collection

from auditor.remediation.script.change_kinds import changed, with_option
from auditor.remediation.script.pbx_client import head_of
from auditor.remediation.script.script_messages import quoted, say
from auditor.remediation.script.shared import MASK, STATE, Json, StopError
from auditor.remediation.script.xml_reading import parse

UNSEEN = ""  # what stands for an object or a line that the PBX does not show, or shows damaged
Piece = tuple[str, str, str]  # place, name, value
Pieces = collections.Counter[Piece]


def place_of(change: Json) -> str:
    """Return what a change writes as a whole: an object or a line."""
    place: str = change["head"] if change["kind"] == "option" else change["guid"].lower()
    return place


def noted_place(note: Json) -> str:
    """Return what a note is about: an object or a line."""
    text = note["before"]
    return head_of(text) if is_line(text) else noted_object(text).get("guid", "").lower()


def is_line(text: str) -> bool:
    """Return whether a text is a line, and not an object."""
    return text.startswith("config change ")


def noted_object(text: str) -> ET.Element:
    """Return the object of a note."""
    try:
        return parse(text)
    except StopError:
        raise StopError(2, say("{state} is damaged", state=STATE)) from None


def text_of(user: ET.Element) -> str:
    """Return an object as it is noted."""
    return ET.tostring(user, encoding="unicode")


def whole(user: ET.Element) -> str:
    """Return all that an object is, in a form that can be compared: its password included."""
    one = copy.deepcopy(user)
    if one.get("pwdx"):
        one.attrib.pop("pwd", None)  # the mask says nothing more
    else:
        one.attrib.pop("pwdx", None)
    return ET.canonicalize(text_of(one))


def without_password(user: ET.Element) -> ET.Element:
    """Return an object without its password."""
    one = copy.deepcopy(user)
    for name in ("pwd", "pwdx"):
        one.attrib.pop(name, None)
    return one


def same(one: str, other: str) -> bool:
    """Return whether two objects or lines are the same, passwords included."""
    if is_line(one) or is_line(other) or UNSEEN in {one, other}:
        return one == other
    return whole(noted_object(one)) == whole(noted_object(other))


def is_like(now: str, before: str) -> bool:
    """Return whether an object is as it was noted but for its password."""
    return now != UNSEEN and same_but_password(noted_object(now), noted_object(before))


def same_but_password(one: ET.Element, other: ET.Element) -> bool:
    """Return whether two objects are the same but for their passwords."""
    return whole(without_password(one)) == whole(without_password(other))


def sendable(user: ET.Element, secret: str = "") -> ET.Element:
    """Return an object as it is sent: its password stays, or becomes a new one."""
    one = without_password(user)
    if user.get("pwdx") or "pwd" in user.attrib:
        one.set("pwd", MASK)  # an object that is sent without loses its password
    if secret:
        one.set("pwd", secret)
    return one


def ways_back(user: ET.Element) -> list[ET.Element]:
    """Return the forms in which an object is put back, its password stated and not just kept.

    The first is the documented one. The other is for a PBX that takes the mask for a password.
    """
    if not user.get("pwdx"):
        return [sendable(user)]
    ways = [sendable(user), without_password(user)]
    for one in ways:
        one.set("pwdx", user.get("pwdx", ""))
    return ways


def odd_parts(now: ET.Element, before: ET.Element) -> tuple[list[ET.Element], list[ET.Element]]:
    """Return how an object of which only the parts are not as they were gets them back one by one.

    That is which parts to take away, and which to add then, so that their order comes out as it
    was: a part that is added becomes the last one. Nothing is returned if more is wrong.
    """
    if whole(without_parts(now)) != whole(without_parts(before)):
        return [], []
    kept, former = ([ET.canonicalize(text_of(part)) for part in one] for one in (now, before))
    most = range(max(len(kept), len(former)))
    same = next((i for i in most if kept[i : i + 1] != former[i : i + 1]), len(most))
    # Equal parts are taken away together, by one command or by several: those before come back too.
    same = min([same, *(former.index(one) for one in kept[same:] if one in former[:same])])
    return list(now)[same:], list(before)[same:]


def without_parts(user: ET.Element) -> ET.Element:
    """Return an object without the elements in it."""
    one = copy.deepcopy(user)
    for part in list(one):
        one.remove(part)
    return one


def check_whole(hidden: Collection[str], number: int) -> None:
    """Refuse an object that is shown otherwise than the configuration says, however deep.

    What is not shown would be lost by a write, what is shown otherwise would be written that way,
    and nothing would be noted of it.
    """
    if hidden:
        raise StopError(
            1,
            say(
                "step {number}: the PBX does not show all of the object, or shows it otherwise "
                "than its configuration has it: {names}; nothing was sent, do this step by hand",
                number=number,
                names=quoted(", ".join(sorted(hidden))),
            ),
        )


def hidden_of(user: ET.Element, stored: ET.Element, apart: Collection[str]) -> set[str]:
    """Return the names of what an object has in its configuration, and not where it is shown."""
    found = {name for name, text in stored.attrib.items() if user.get(name) != text} - {*apart}
    parts = collections.Counter(map(form_of, user))
    for part in stored:
        if not parts[form_of(part)]:
            found.add(part.tag)
        parts[form_of(part)] -= 1
    return found


def form_of(part: ET.Element) -> str:
    """Return a part in a form that can be compared."""
    return ET.canonicalize(text_of(part), strip_text=True)


def check_line(line: str, number: int) -> None:
    """Refuse a line with a mask: sent back, it could be taken for the value."""
    if MASK in re.split(r"[\s=]+", line):
        raise StopError(
            1,
            say(
                "step {number}: the PBX shows a mask in the line, which could not be put back if "
                "it took the mask for the value: nothing was sent, do this step by hand",
                number=number,
            ),
        )


def is_masked(element: ET.Element, name: str) -> bool:
    """Return whether a mask stands where a value is, without an encrypted one beside it."""
    return element.get(name) == MASK and not (name == "pwd" and element.get("pwdx"))


def check_way_back(user: ET.Element, number: int) -> None:
    """Refuse, before a byte is sent, to change an object that could not be put back as it is."""
    if "pwd" in user.attrib and not user.get("pwdx"):
        raise StopError(
            1,
            say(
                "step {number}: the PBX shows no encrypted password (pwdx), so a password that "
                "gets lost could not be put back: nothing was sent, do this step by hand",
                number=number,
            ),
        )
    masked = sorted({name for one in user.iter() for name in one.attrib if is_masked(one, name)})
    if masked:
        raise StopError(
            1,
            say(
                "step {number}: the PBX shows a mask instead of {names}, which could not be put "
                "back if it took the mask for the value: nothing was sent, do this step by hand",
                number=number,
                names=quoted(", ".join(masked)),
            ),
        )
    if whole(noted_object(text_of(user))) != whole(user):
        raise StopError(
            1,
            say(
                "step {number}: the object has text that cannot be sent back as it is",
                number=number,
            ),
        )


def arrived(user: ET.Element, note: Json, change: Json) -> bool:
    """Return whether an object is as a step leaves it.

    What the PBX makes of a new password is not known until it was seen: any other one will do.
    """
    after = noted_object(note["after"])
    if change["kind"] != "password" or after.get("pwdx"):
        return whole(user) == whole(after)
    former = noted_object(note["before"]).get("pwdx", "")
    return same_but_password(user, after) and user.get("pwdx", "") not in {"", former}


def is_edited(note: Json, change: Json) -> bool:
    """Return whether a note is not what this script writes: the change makes its end of its start.

    Who wrote a note has its authentication; this is what makes sure that it says what a plan does.
    """
    before, after = note["before"], note["after"]
    if change["kind"] == "option":
        return not is_line(before) or with_option(before, change) != after
    if is_line(before) or is_line(after):
        return True
    before, after = noted_object(before), noted_object(after)
    if before.tag != "user" or before.get("guid", "").lower() != change["guid"].lower():
        return True
    wanted = changed(before, change)
    if change["kind"] == "password":
        return not same_but_password(wanted, after)
    return whole(wanted) != whole(after)


# --- what differs


def pieces(text: str) -> Pieces:
    """Return what an object or a line is made of, each piece with its place, counted."""
    if text == UNSEEN:
        return collections.Counter()
    return collections.Counter(line_pieces(text) if is_line(text) else part_pieces(text))


def line_pieces(line: str) -> list[Piece]:
    """Return the options of a line, each with its value."""
    options: dict[str, list[str]] = {}
    name = ""
    for word in line.split():
        name = word if word[0] == "/" else name
        options[name] = [*options.get(name, []), word]
    return [(name, "", " ".join(words)) for name, words in options.items()]


def part_pieces(text: str) -> list[Piece]:
    """Return the texts and attributes of an object, however deep."""
    user = noted_object(text)
    if user.get("pwdx"):
        user.attrib.pop("pwd", None)
    todo, found = [(user, "")], list[Piece]()
    while todo:
        one, place = todo.pop()
        found.append((place, "", (one.text or "").strip()))
        found += [(place, name, value) for name, value in one.attrib.items()]
        todo += [(child, f"{place}<{child.tag}>") for child in one]
    return found


def is_between(now: str, before: str, after: str) -> bool:
    """Return whether a change was taken by halves: nothing is lost, and nothing is foreign."""
    there, old, new = pieces(now), pieces(before), pieces(after)
    return not (old & new) - there and not there - (old | new)
