"""The way back."""

from parts.base import StopError
from parts.objects import (
    differences,
    is_between,
    is_line,
    noted_object,
    noted_place,
    odd_parts,
    place_of,
    same_but_password,
    ways_back,
)
from parts.state import kept_name
from parts.steps import UNFINISHED, Steps, is_after, same


class Back(Steps):
    """Takes steps back, the last one first."""

    def __init__(self, pbx, folder, options, plan):
        super().__init__(pbx, folder, options, plan)
        self.foreseen = {}  # while only looking: what would be there, by place
        self.looked_at = set()

    def undo(self, step):
        """Take one step back, if it was done and nobody changed it since."""
        change, note = step["change"]["machine"], self.note_of(step)
        if note["phase"] == "undone":
            return self.say(step, "was taken back before")
        self.must_be_last(step)
        now = self.foreseen.get(place_of(change)) or self.look(change, note["before"])
        if not self.is_ours(now, note, change):
            self.tell(differences(now, note["before"]), step)
            raise StopError(
                1,
                f"step {step['number']}: somebody changed this since, or the PBX did; --restore "
                "puts back what was noted all the same",
            )
        if not self.options.apply:
            self.looked_at.add((self.hash, step["number"]))
            self.foreseen[place_of(change)] = note["before"]
            return self.say(step, "would be taken back")
        self.put_back(step, note, now)
        return self.finish(step, note, "undone", "taken back")

    @staticmethod
    def is_ours(now, note, change):
        """Return whether what is there comes of the step, whole or by halves, and of nothing else.

        By halves counts only while a step is on its way: later it is the work of somebody else.
        """
        is_known = same(now, note["before"]) or same(now, note.get("seen", note["before"]))
        if is_known or is_after(now, note, change):
            return True
        is_moving = note["phase"] in UNFINISHED
        return is_moving and is_between(now, note["before"], note["after"])

    def restore(self, steps):
        """Put back what one place was before the first of its steps, whatever is there now."""
        notes = [self.note_of(step) for step in steps]  # the last step first
        first, note = steps[-1], notes[-1]
        self.looked_at |= {(self.hash, step["number"]) for step in steps}
        self.must_be_last(first)
        now = self.look(first["change"]["machine"], note["before"])
        is_back = same(now, note["before"])
        self.tell(["  nothing differs"] if is_back else differences(now, note["before"]), first)
        if self.options.apply:
            self.put_back(first, note, now)
        for step, one in zip(steps, notes, strict=True):
            if self.options.apply:
                self.finish(step, one, "undone", "restored")
            else:
                self.say(step, "would be restored")

    def put_back(self, step, note, now):
        """Write what was noted, its password stated and not only kept, and see that it is there."""
        before = note["before"]
        if same(now, before) and not is_line(before):  # a line may not have been saved yet
            return
        former, note = note, {**note, "phase": "undoing"}
        self.folder.note(note)
        for way in [before] if is_line(before) else ways_back(noted_object(before)):
            self.look_again(step, former, now)
            now, refusal = self.attempt(step, note, way)
            if same(now, before) and (refusal is None or not is_line(before)):
                return
            former = {**note, "seen": now}
            self.folder.note(former)
            if is_line(now) or not same_but_password(noted_object(now), noted_object(before)):
                break  # another way to state the password would not help
        if self.options.restore and not is_line(before):
            now = self.put_parts_back(step, former, now)
            if same(now, before):
                return
        self.tell(differences(now, before), step)
        number = step["number"]
        raise refusal or StopError(1, f"step {number}: the PBX did not take the old value back")

    def put_parts_back(self, step, former, now):
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
        self.folder.note({**former, "seen": now})
        return now

    def must_be_last(self, step):
        """Refuse to take a step back from under another: what is noted is the whole object."""
        place = place_of(step["change"]["machine"])
        for note in self.folder.later(step):
            key = note["hash"], note["step"]
            is_there = note["phase"] != "undone" and key not in self.looked_at
            if is_there and noted_place(note) == place:
                wait = f"step {step['number']}: take back step {note['step']} "
                wait += "" if note["hash"] == self.hash else f"of {kept_name(note['hash'])} "
                raise StopError(1, f"{wait}first, which came after it")
