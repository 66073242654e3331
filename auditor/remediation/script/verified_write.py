"""One place, an object or a line: looked at, written, looked at by both witnesses."""

import time
import xml.etree.ElementTree as ET

from auditor.remediation.script.pbx_client import Pbx, head_of
from auditor.remediation.script.script_messages import Said, quoted, say
from auditor.remediation.script.shared import Json, StopError, write_out
from auditor.remediation.script.stored_configuration import Witness
from auditor.remediation.script.whole_objects import (
    UNSEEN,
    is_line,
    noted_object,
    place_of,
    text_of,
)

Attempt = tuple[str, StopError | None]  # what is there, what the PBX said against it
PAUSES = (0.5, 1.0, 2.0)  # seconds before it is looked again whether the configuration follows


class Places:
    """Looks at places and writes them, and knows what a write did beside them."""

    def __init__(self, pbx: Pbx, codes: tuple[int, ...] = (1,)) -> None:
        self.pbx = pbx
        self.witness = Witness(pbx, codes)

    def look(self, change: Json, like: str) -> str:
        """Return the object or line of a change as it is now."""
        return self.line(change) if is_line(like) else text_of(self.pbx.show(change, renamed=True))

    def line(self, change: Json) -> str:
        """Return the one line of a change as it is now."""
        found = [line for line in self.pbx.lines() if head_of(line) == change["head"]]
        if len(found) != 1:
            raise StopError(
                1,
                say(
                    "the configuration has {count} lines {head}, not one",
                    count=len(found),
                    head=quoted(change["head"]),
                ),
            )
        return found[0]

    def attempt(self, step: Json, note: Json, wanted: str | ET.Element) -> Attempt:
        """Send an object or a line; return what is there then, and what the PBX said against it.

        It may have been done, or by halves, although the PBX refused it or did not answer.
        """
        refusal = None
        try:
            self.send(wanted)
        except StopError as error:
            refusal = error
        try:
            return self.look_after(step, note), refusal
        except StopError as error:
            raise refusal or error from None

    def look_after(self, step: Json, note: Json) -> str:
        """Return what is there after a write; give a PBX the time to store what it shows."""
        now = UNSEEN
        for pause in (0, *PAUSES):
            time.sleep(pause)
            now = self.look(step["change"]["machine"], note["before"])
            self.witness.look(wrote=True)
            if not self.contradiction(now, note):
                break
        return now

    def send(self, wanted: str | ET.Element) -> None:
        """Send an object or a line."""
        if isinstance(wanted, str):
            self.pbx.configure(wanted)
        else:
            self.pbx.modify(wanted)

    def contradiction(self, now: str, note: Json) -> set[str]:
        """Return the names of what an object shows otherwise than its configuration has it."""
        has_none = is_line(now) or now == UNSEEN
        return set() if has_none else self.witness.contradiction(noted_object(now), note)

    def check_elsewhere(self, step: Json) -> None:
        """Stop where something else changed with a write."""
        if self.tell_elsewhere(step):
            raise StopError(
                1,
                say(
                    "step {number}: its write changed something else too; rollback.py --restore "
                    "--everything puts that back as it was before the first step",
                    number=step["number"],
                ),
            )

    def tell_elsewhere(self, step: Json) -> list[str]:
        """Say what else changed with a write, and return it."""
        found = self.witness.elsewhere(place_of(step["change"]["machine"]))
        if found:
            write_out(
                say(
                    "with step {number} this changed, by the PBX or by somebody: {names}",
                    number=step["number"],
                    names=repr(", ".join(found)),
                )
            )
        return found

    @staticmethod
    def tell(differing: list[Said], step: Json) -> None:
        """Say what differs from what was noted."""
        number = step["number"]
        write_out(say("step {number}: to be as it was noted before the step,", number=number))
        for one in differing:
            write_out(one, indent="  ")
