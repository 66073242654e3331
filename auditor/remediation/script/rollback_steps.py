"""The way back."""

import argparse

from auditor.remediation.script.pbx_client import Pbx
from auditor.remediation.script.plan_folder import Folder
from auditor.remediation.script.script_messages import Said, say
from auditor.remediation.script.shared import Json, StopError, write_out
from auditor.remediation.script.steps import UNFINISHED, Steps
from auditor.remediation.script.verified_write import Attempt
from auditor.remediation.script.what_differs import differences, is_after
from auditor.remediation.script.whole_objects import (
    UNSEEN,
    is_between,
    is_like,
    is_line,
    noted_object,
    noted_place,
    odd_parts,
    place_of,
    same,
    ways_back,
)

RESTORED = say("restored")


class Back(Steps):
    """Takes steps back, the last one first."""

    def __init__(self, pbx: Pbx, folder: Folder, options: argparse.Namespace, plan: Json) -> None:
        # The way back must not end for want of the configuration.
        super().__init__(pbx, folder, options, plan, codes=(1, 3))
        self.foreseen: dict[str, str] = {}  # while only looking: what would be there, by place
        self.looked_at: set[tuple[str, int]] = set()

    def undo(self, step: Json) -> None:
        """Take one step back, if it was done and nobody changed it since."""
        change, note = step["change"]["machine"], self.last_note(step)
        if note["phase"] == "undone" and not self.came_late(note, change):
            return self.tell_end(step, say("was taken back before"))
        self.must_be_last(step)
        now = self.foreseen.get(place_of(change)) or self.look(change, note["before"])
        if not self.is_ours(now, note, change):
            self.tell(differences(now, note["before"]), step)
            raise StopError(
                1,
                say(
                    "step {number}: somebody changed this since, or the PBX did; --restore puts "
                    "back what was noted all the same",
                    number=step["number"],
                ),
            )
        if not self.options.apply:
            self.looked_at.add((self.hash, step["number"]))
            self.foreseen[place_of(change)] = note["before"]
            return self.tell_end(step, say("would be taken back"))
        return self.put_back(step, note, now, say("taken back"))

    def last_note(self, step: Json) -> Json:
        """Return the last note of a step that was begun, as every step to take back was."""
        note = self.note_of(step)
        if note is None:
            raise StopError(2, say("step {number} was never begun", number=step["number"]))
        return note

    def came_late(self, note: Json, change: Json) -> bool:
        """Return whether a change is there that was sent, not seen then, and never written over.

        A password is not asked about: a new one may be that of somebody else.
        """
        if not note.get("unseen") or change["kind"] == "password":
            return False
        return is_after(self.look(change, note["before"]), note, change)

    @staticmethod
    def is_ours(now: str, note: Json, change: Json) -> bool:
        """Return whether what is there comes of the step, whole or by halves, and of nothing else.

        By halves counts only while a step is on its way: later it is the work of somebody else.
        """
        is_known = any(same(now, note[key]) for key in ("before", "seen") if key in note)
        if is_known or is_after(now, note, change):
            return True
        is_moving = note["phase"] in UNFINISHED
        return is_moving and is_between(now, note["before"], note["after"])

    def look(self, change: Json, like: str) -> str:
        """Return the object or line of a change as it is now; `UNSEEN` may be put back too."""
        try:
            return super().look(change, like)
        except StopError as error:
            if error.code != 1 or not self.options.restore:
                raise
            write_out(say("what is there cannot be seen: {reason}", reason=error.said))
            return UNSEEN

    def is_to_restore(self, step: Json) -> bool:
        """Return whether a step is to be restored: one that was taken back if it is asked for."""
        note = self.last_note(step)
        is_open = note["phase"] != "undone" or bool(self.options.only)
        return is_open or self.came_late(note, step["change"]["machine"])

    def restore(self, steps: list[Json]) -> None:
        """Put back what one place was before the first of its steps, whatever is there now."""
        notes = [self.last_note(step) for step in steps]  # the last step first
        first, note = steps[-1], notes[-1]
        self.looked_at |= {(self.hash, step["number"]) for step in steps}
        self.must_be_last(first)
        now = self.look(first["change"]["machine"], note["before"])
        self.witness.look()
        is_back = self.is_back(now, note)
        nothing = [say("nothing differs")]
        self.tell(nothing if is_back else differences(now, note["before"]), first)
        if self.options.apply:
            self.put_back(first, note, now, RESTORED)
        for step, one in zip(steps, notes, strict=True):
            if not self.options.apply:
                self.tell_end(step, say("would be restored"))
            elif step is not first:
                self.finish(step, one, "undone", RESTORED)

    def put_back(self, step: Json, note: Json, now: str, outcome: Said) -> None:
        """Write what was noted, and see that it is there; do not write what is there already."""
        before = note["before"]
        self.witness.look()
        if not is_line(before) and same(now, before) and self.is_known_to_hold(note):
            sent = {"unseen": True} if note["phase"] in UNFINISHED else {}
            return self.finish(step, {**note, **sent}, "undone", outcome)
        former, note = note, {**note, "phase": "undoing"}
        self.folder.note(note)
        put = self.put_line_back if is_line(before) else self.put_object_back
        now, refusal = put(step, former, note, now)
        if self.is_settled(now, note, refusal):
            self.finish(step, note, "undone", outcome)
            return self.check_elsewhere(step)
        self.tell_elsewhere(step)
        self.tell(differences(now, before), step)
        problem = say("the PBX did not take the old value back")
        if not is_line(before) and self.is_held(note):
            problem = say(
                "the PBX does not show the old value, although its configuration holds it"
            )
        failed = say("step {number}: {failed}", number=step["number"], failed=problem)
        raise refusal or StopError(1, failed)

    def put_line_back(self, step: Json, former: Json, note: Json, now: str) -> Attempt:
        """Write a line, even one that is there: it may not have been saved yet."""
        self.look_again(step, former, now)
        now, refusal = self.attempt(step, note, note["before"])
        self.folder.note({**note, "seen": now})
        return now, refusal

    def put_object_back(self, step: Json, former: Json, note: Json, now: str) -> Attempt:
        """Write an object, its password stated and not only kept, until it is as it was."""
        ways = ways_back(noted_object(note["before"]))
        way, refusal = ways[0], None
        for _ in range(2):
            self.look_again(step, former, now)
            now, refusal = self.attempt(step, note, way)
            former = {**note, "seen": now}
            self.folder.note(former)
            is_there = self.is_back(now, note) or self.is_held(note)
            if is_there or not is_like(now, note["before"]):
                break
            # The other way is for a password alone: it costs others theirs.
            way = ways[0] if same(now, note["before"]) else ways[-1]
        if self.options.restore and now != UNSEEN and not self.is_held(note):
            now = self.put_parts_back(step, former, now)
        return now, refusal

    def is_settled(self, now: str, note: Json, refusal: StopError | None) -> bool:
        """Return whether a place is back, whatever the PBX said; of an object, but for an order.

        An "error" for a line may say that it was not saved.
        """
        if is_line(note["before"]):
            return now == note["before"] and refusal is None
        is_same = same(now, note["before"]) and not self.contradiction(now, note)
        return is_same or self.is_back(now, note)

    def is_back(self, now: str, note: Json) -> bool:
        """Return whether a place is as it was noted, also as far as the configuration holds it."""
        if is_line(note["before"]):
            return same(now, note["before"])
        if now == UNSEEN:
            return self.is_held(note)
        return same(now, note["before"]) and self.witness.holds(note)

    def is_known_to_hold(self, note: Json) -> bool:
        """Return whether nothing has to be written: the second witness agrees, or never was one."""
        return self.is_held(note) or not note.get("stored")

    def is_held(self, note: Json) -> bool:
        """Return whether the configuration is known to hold what it held before a step."""
        return self.witness.is_known(note) and self.witness.holds(note)

    def put_parts_back(self, step: Json, former: Json, now: str) -> str:
        """Give an object the parts that it does not keep when it is written as a whole."""
        user, before = noted_object(now), noted_object(former["before"])
        gone, missing = odd_parts(user, before)
        if not gone and not missing:
            return now
        self.look_again(step, former, now)
        for command, parts in (("del-attrib", gone), ("add-attrib", missing)):
            for part in parts:
                self.pbx.change_part(command, before, part)
        now = self.look(step["change"]["machine"], now)
        self.witness.look(wrote=True)
        self.folder.note({**former, "seen": now})
        return now

    def must_be_last(self, step: Json) -> None:
        """Refuse to take a step back from under another: what is noted is the whole object."""
        place = place_of(step["change"]["machine"])
        for note in self.folder.later(step):
            key = note["hash"], note["step"]
            is_there = note["phase"] != "undone" and key not in self.looked_at
            if is_there and noted_place(note) == place:
                raise StopError(
                    1,
                    say(
                        "step {number}: take back {other} first, which came after it",
                        number=step["number"],
                        other=self.step_of(note),
                    ),
                )
