"""One step: looked at, noted, looked at again, written, looked at."""

import argparse
import xml.etree.ElementTree as ET

from auditor.remediation.script.change_kinds import changed, current, in_words, with_option
from auditor.remediation.script.full_restore import Kept
from auditor.remediation.script.new_passwords import Passwords
from auditor.remediation.script.pbx_client import Pbx
from auditor.remediation.script.plan_folder import Folder, kept_name
from auditor.remediation.script.script_messages import Said, quoted, say
from auditor.remediation.script.shared import Json, StopError, spoken, write_out
from auditor.remediation.script.stored_configuration import hidden
from auditor.remediation.script.verified_write import Places
from auditor.remediation.script.what_differs import (
    differences,
    is_after,
    not_as_seen,
    what_failed,
)
from auditor.remediation.script.whole_objects import (
    arrived,
    check_line,
    check_way_back,
    check_whole,
    is_between,
    is_edited,
    is_line,
    noted_object,
    noted_place,
    place_of,
    same,
    sendable,
    text_of,
    whole,
)

ON_THE_WAY = ("begun", "half-done")
UNFINISHED = (*ON_THE_WAY, "undoing")
UNCOMPARED = say(
    "cfg.txt cannot be read, or does not list every object: what the PBX holds of one and does not "
    "show would be lost by a write, and could not be put back; nor could what it changes elsewhere"
)
UNSHOWN = say("the PBX did not show what its configuration holds")
DONE_BEFORE = say("was done before the break")
WOULD_BE_DONE = say("would be done")


class Steps(Places):
    """Looks at what steps are about, and does them."""

    def __init__(
        self,
        pbx: Pbx,
        folder: Folder,
        options: argparse.Namespace,
        plan: Json,
        codes: tuple[int, ...] = (1,),
    ) -> None:
        super().__init__(pbx, codes)
        self.folder = folder
        self.options = options
        self.hash: str = plan["hash"]
        self.outcomes: dict[Said, int] = {}
        self.uncompared = False
        self.passwords = Passwords(folder, plan, options.password_command)

    def do(self, step: Json) -> None:
        """Do one step, unless it was done before."""
        change, note = step["change"]["machine"], self.note_of(step)
        if note and note["phase"] == "done":
            return self.tell_end(step, say("was done before"))
        if note and note["phase"] == "undone":
            note = None
        if change["kind"] == "option":
            return self.do_option(step, change, note)
        if change["kind"] == "password":
            return self.do_password(step, change, note)
        return self.do_object(step, change, note, "")

    def note_of(self, step: Json) -> Json | None:
        """Return the last note of a step, if it says what this script writes."""
        note = self.folder.note_of(step)
        if note and is_edited(note, step["change"]["machine"]):
            raise StopError(
                2,
                say(
                    "step {number}: its note is not what the step makes of it",
                    number=step["number"],
                ),
            )
        return note

    def do_object(self, step: Json, change: Json, note: Json | None, secret: str) -> None:
        """Do a step that changes an object."""
        user = self.pbx.show(change, renamed=bool(note))
        is_known = self.witness.look()
        if note and arrived(user, note, change):
            self.check_held(step, note, text_of(user))
            return self.done(step, note, text_of(user), DONE_BEFORE)
        if note and whole(user) != whole(noted_object(note["before"])):
            after = self.go_on(step, note, text_of(user))
            wanted = noted_object(after)
        else:
            if current(user, change) != change["before"]:
                raise not_as_seen(step)
            check_way_back(user, step["number"])
            self.check_shown(step, user, is_known=is_known)
            if note:
                self.check_held(step, note, text_of(user))
            wanted, note = changed(user, change), None
        if not self.options.apply:
            return self.tell_end(step, WOULD_BE_DONE)
        former, note = self.begun(step, note, text_of(user), text_of(wanted))
        self.look_again(step, former, text_of(user))
        return self.write(step, note, sendable(wanted, secret))

    def keep_configuration(self) -> None:
        """Keep what is there before the first byte is sent, beside what the plan is about too."""
        if self.witness.look():
            Kept(self.folder).keep(self.witness.lines or {})
        else:
            self.say_uncompared()

    def say_uncompared(self) -> None:
        """Say once that there is no second witness."""
        if not self.uncompared:
            self.uncompared = True
            write_out(UNCOMPARED)

    def check_shown(self, step: Json, user: ET.Element, *, is_known: bool) -> None:
        """Refuse an object that the PBX shows in part only, as far as its configuration tells."""
        stored = self.witness.stored(user.get("guid", "")) if is_known else None
        if stored is not None:
            check_whole(hidden(user, stored), step["number"])
        else:
            self.say_uncompared()

    def check_held(self, step: Json, note: Json, now: str) -> None:
        """Refuse to believe what is shown of an object where the configuration holds another."""
        names = self.contradiction(now, note)
        if names:
            raise StopError(
                1,
                say(
                    "step {number}: the PBX shows the object otherwise than its configuration has "
                    "it: {names}; take the step back with rollback.py",
                    number=step["number"],
                    names=quoted(", ".join(sorted(names))),
                ),
            )

    def do_password(self, step: Json, change: Json, note: Json | None) -> None:
        """Make a password first, so that phones and people get it; set it when they have it."""
        secret = self.passwords.get(step)
        if secret is not None and self.options.passwords_ready:
            return self.do_object(step, change, note, secret)
        if secret is None:
            if not self.options.apply:
                return self.tell_end(step, say("would be made, to be set in a second run"))
            check_way_back(self.pbx.show(change), step["number"])
            self.passwords.make(step, change)
        elif self.options.apply:
            self.passwords.script(change, secret)
        wait = say("new password made: hand it out, then run again with --passwords-ready")
        return self.tell_end(step, wait)

    def do_option(self, step: Json, change: Json, note: Json | None) -> None:
        """Do a step that changes a line."""
        line = self.line(change)
        self.witness.look()
        if note and line == note["after"]:
            if self.options.apply:
                self.pbx.configure(line)  # it may have broken off before the line was saved
            return self.done(step, note, line, DONE_BEFORE)
        if note and line != note["before"]:
            new: str | None = self.go_on(step, note, line)
        else:
            check_line(line, step["number"])
            new, note = with_option(line, change), None
        if new is None:
            raise not_as_seen(step)
        if not self.options.apply:
            return self.tell_end(step, WOULD_BE_DONE)
        former, note = self.begun(step, note, line, new)
        self.look_again(step, former, line)
        return self.write(step, note, new)

    def go_on(self, step: Json, note: Json, now: str) -> str:
        """Return what to write where a change was taken by halves; refuse where more is gone."""
        if note["phase"] in ON_THE_WAY and is_between(now, note["before"], note["after"]):
            after: str = note["after"]
            return after
        self.tell(differences(now, note["before"]), step)
        raise StopError(
            1,
            say(
                "step {number} was begun, and what is there now is neither what was there before "
                "nor what the step makes of it: take it back with rollback.py, or with --restore, "
                "which puts back what was noted",
                number=step["number"],
            ),
        )

    def begun(self, step: Json, note: Json | None, before: str, after: str) -> tuple[Json, Json]:
        """Return the note to go back to if nothing is sent, and the one of a step that begins.

        What is needed to take it back is noted before a byte of it is sent. A note of a change that
        was sent, and was not seen to arrive, is kept as long as nothing else is sent.
        """
        if note:
            return note, note
        self.check_free(step)
        former = self.folder.note_of(step)
        note = {"step": step["number"], "hash": self.hash, "phase": "begun"}
        note |= {"before": before, "after": after}
        is_open = former is not None and (former["phase"] != "undone" or former.get("unseen"))
        if former and is_open and "stored" in former:
            note["stored"] = former["stored"]
        elif not is_line(before):
            note["stored"] = self.witness.line(place_of(step["change"]["machine"]))
        self.folder.note(note)
        return former or {**note, "phase": "undone"}, note

    def check_free(self, step: Json) -> None:
        """Refuse to go on over what another step began and did not end."""
        place = place_of(step["change"]["machine"])
        for key, note in self.folder.every().items():
            is_other = key != (self.hash, step["number"]) and note["phase"] in UNFINISHED
            if is_other and noted_place(note) == place:
                raise StopError(
                    1,
                    say(
                        "step {number}: {other} was begun there: end it or take it back",
                        number=step["number"],
                        other=self.step_of(note),
                    ),
                )

    def step_of(self, note: Json) -> Said:
        """Return the step of a note in words, with its plan if that is another one."""
        number = note["step"]
        if note["hash"] == self.hash:
            return say("step {number}", number=number)
        return say("step {number} of {plan}", number=number, plan=kept_name(note["hash"]))

    def look_again(self, step: Json, former: Json, seen: str) -> None:
        """Refuse to write over what somebody changed since it was looked at.

        Nothing was sent then, so the note of the step becomes the `former` one again.
        """
        if not same(self.look(step["change"]["machine"], seen), seen):
            self.folder.note(former)
            raise StopError(
                1,
                say(
                    "step {number}: somebody changed this while the script looked at it; nothing "
                    "was sent",
                    number=step["number"],
                ),
            )

    def write(self, step: Json, note: Json, wanted: str | ET.Element) -> None:
        """Write an object or a line, and see what became of it. Note it if it is not as wanted."""
        now, refusal = self.attempt(step, note, wanted)
        number, is_held = step["number"], not self.contradiction(now, note)
        if refusal is None and is_held and is_after(now, note, step["change"]["machine"]):
            self.done(step, note, now, say("done"))
            return self.check_elsewhere(step)
        self.tell_elsewhere(step)
        if is_held and same(now, note["before"]):
            raise refusal or StopError(
                1,
                say(
                    "step {number}: the PBX did not take the change; if it takes it later, "
                    "rollback.py takes it back",
                    number=number,
                ),
            )
        self.folder.note({**note, "phase": "half-done", "seen": now})
        if refusal is None:
            self.tell(differences(now, note["before"]), step)
            failed = UNSHOWN if not is_held else what_failed(now, note)
            said = say("step {number}: {failed}", number=number, failed=failed)
            refusal = StopError(1, said)
        raise StopError(
            refusal.code,
            say(
                "{reason}; what it has now is noted, so rollback.py can take it back",
                reason=refusal.said,
            ),
        )

    def done(self, step: Json, note: Json, now: str, outcome: Said) -> None:
        """Note a step as done, with what the PBX made of it: a new password, for one."""
        if not self.options.apply:
            return self.tell_end(step, outcome)
        return self.finish(step, {**note, "after": now}, "done", outcome)

    def finish(self, step: Json, note: Json, phase: str, outcome: Said) -> None:
        """Note and log how a step ended."""
        kept = {key: text for key, text in note.items() if key != "seen"}
        self.folder.note({**kept, "phase": phase})
        self.folder.log(step, outcome)
        self.tell_end(step, outcome)

    def tell_end(self, step: Json, outcome: Said) -> None:
        """Say how a step ended, and count it."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        what = in_words(step["change"]["machine"])
        write_out(
            say(
                "step {number}: {control} {name}",
                number=step["number"],
                control=step["control"],
                name=repr(spoken(step["subject"], "name")),
            )
        )
        write_out(say("{what}: {outcome}", what=what, outcome=outcome), indent="  ")
