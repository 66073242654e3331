"""What was done, and what it takes to take it back."""

import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path
from typing import Self

from auditor.remediation.script.safe_files import Files
from auditor.remediation.script.script_messages import Said, say
from auditor.remediation.script.shared import KEY, LOCK, LOG, NOTED, STATE, Json, StopError

KEY_BYTES = 32
Notes = dict[tuple[str, int], Json]  # by plan and number of the step


class Folder(Files):
    """The files beside a plan. Only one run at a time `changes` the PBX.

    Each note ends with an authentication of itself and of the one before it. Its key is made of the
    hash of the plan that the note belongs to and of a file that nobody else can read: a note that
    was edited, moved, left out or brought from elsewhere is refused. Which note is the last one is
    kept beside the key, so the end of the state is not missed either.
    """

    def __init__(self, path: Path, plan: Json, *, changes: bool) -> None:
        super().__init__(path)
        self.hash: str = plan["hash"]
        self.changes = changes
        self.held: int | None = None
        self.known: Notes | None = None
        self.torn: int | None = None
        self.last = ""  # the authentication of the last note

    def __enter__(self) -> Self:
        if self.changes:
            self.held = self.lock(LOCK)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        if self.held is not None:
            os.close(self.held)

    def keep(self, content: bytes) -> None:
        """Keep the plan, without which nothing can be taken back: an audit may replace it."""
        if self.content(kept_name(self.hash)) != content:
            self.replace(kept_name(self.hash), content)

    def log(self, step: Json, outcome: Said) -> None:
        """Write into the log what became of a step, which is the same in every language."""
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "step": step["number"]}
        entry |= {"control": step["control"], "object": step["subject"]["name"]}
        entry |= {"outcome": outcome.template}
        self.append(LOG, json.dumps(entry))

    def own_secret(self) -> bytes:
        """Return the key of this folder, which is kept before it is used."""
        secret = self.secret(self.content(KEY), may_make=not self.every())
        self.keep_last(secret)
        return secret

    def note(self, entry: Json) -> None:
        """Write a note, and see it on the disk."""
        known = self.every()
        if self.torn is not None:
            self.shorten(STATE, self.torn)
            self.torn = None
        secret = self.own_secret()
        last = self.proof(entry, self.last, secret)
        self.append(STATE, json.dumps({**entry, "proof": last}))
        self.last = last
        self.keep_last(secret)
        remember(known, entry)

    def keep_last(self, secret: bytes) -> None:
        """Keep which note is the last one: more may be in the state, none less."""
        content = secret + b"\n" + self.last.encode()
        if self.content(KEY) != content:
            self.replace(KEY, content)

    @staticmethod
    def proof(entry: Json, last: str, secret: bytes) -> str:
        """Return the authentication of a note that comes after another one."""
        key = hmac.digest(secret, entry["hash"].encode(), hashlib.sha256)
        text = last + json.dumps(entry, sort_keys=True)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def secret(key: bytes, *, may_make: bool = False) -> bytes:
        """Return what only the owner of this folder has; make it for the first note."""
        secret, _, _ = key.partition(b"\n")
        if not secret and may_make:
            secret = secrets.token_hex(KEY_BYTES).encode()
        if len(secret) != 2 * KEY_BYTES:
            raise StopError(
                2,
                say(
                    "{state} is damaged: {key}, which belongs to it, is not there",
                    state=STATE,
                    key=KEY,
                ),
            )
        return secret

    def every(self) -> Notes:
        """Return the last note of each step, by plan and number, in the order of their beginning.

        Notes of other plans stay in the file. What follows the last end of a line was being written
        when the power failed: what it announces was not done yet, so it does not count.
        """
        if self.known is None:
            key = self.content(KEY)  # before the state: a run that is going on makes that longer
            whole, end, rest = self.content(STATE).rpartition(b"\n")
            self.torn = len(whole + end) if rest else None
            self.known = self.proven(whole.splitlines(), key)
        return self.known

    def proven(self, lines: list[bytes], key: bytes) -> Notes:
        """Return the notes of lines that are authentic, all of them."""
        known: Notes = {}
        secret = self.secret(key) if lines else b""
        proofs = [""]
        for line in lines:
            try:
                entry = noted(line)
                stated = entry.pop("proof")
                self.last = self.proof(entry, self.last, secret)
                is_ours = hmac.compare_digest(stated.encode(), self.last.encode())
                remember(known, entry)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise StopError(2, say("{state} is damaged", state=STATE)) from None
            if not is_ours:
                raise StopError(
                    2,
                    say(
                        "{state} is damaged, or somebody edited it: it is not believed",
                        state=STATE,
                    ),
                )
            proofs.append(self.last)
        # What is not noted would not be taken back: a state that lacks its end is refused, or all.
        if key.partition(b"\n")[2].decode(errors="replace") not in proofs:
            raise StopError(
                2,
                say(
                    "{state} is damaged: {key} knows of notes that are not in it; put the whole "
                    "one back, or delete both if there is nothing to take back",
                    state=STATE,
                    key=KEY,
                ),
            )
        return known

    def notes(self) -> dict[int, Json]:
        """Return the last note of each step of this plan, by number."""
        return {step: note for (plan, step), note in self.every().items() if plan == self.hash}

    def note_of(self, step: Json) -> Json | None:
        """Return the last note of a step, None if it was never begun."""
        return self.every().get((self.hash, step["number"]))

    def others(self) -> list[str]:
        """Return the hashes of other plans of which something is done."""
        done = [plan for (plan, _), note in self.every().items() if note["phase"] != "undone"]
        return [plan for plan in dict.fromkeys(done) if plan != self.hash]

    def later(self, step: Json) -> list[Json]:
        """Return the notes of what came after a step, of other plans too."""
        known = self.every()
        order = list(known)
        return [known[key] for key in order[order.index((self.hash, step["number"])) + 1 :]]


def kept_name(plan_hash: str) -> str:
    """Return the name of the file that keeps a plan."""
    return f"plan-{plan_hash[:12]}.json"


def kept_configuration(plan_hash: str) -> str:
    """Return the name of the file that keeps the configuration."""
    return f"configuration-{plan_hash[:12]}.txt"


def noted(line: bytes) -> Json:
    """Return the note of a line."""
    entry: Json = json.loads(line)
    if not all(isinstance(entry[key], str) for key in NOTED):
        raise TypeError(line)
    return entry


def remember(notes: Notes, entry: Json) -> None:
    """Take a note for the last one of its step."""
    key = entry["hash"], entry["step"]
    if entry["phase"] == "begun":
        notes.pop(key, None)
    notes[key] = entry
