"""New passwords."""

import json
import os
import secrets
import subprocess
import urllib.parse

from auditor.remediation.script.safe_files import Files
from auditor.remediation.script.script_messages import say
from auditor.remediation.script.shared import ALPHABET, PASSWORDS, SCRIPT, TIMEOUT, Json, StopError

WORDS = ("mark", "password", "name")  # of a line; the last one is quoted


class Passwords:
    """Keeps new passwords in a file beside the plan, or where a command keeps them."""

    def __init__(self, folder: Files, plan: Json, command: str) -> None:
        self.folder = folder
        self.prefix = f"pbx-{plan['box']}-{plan['hash'][:12]}-step-"
        self.command = command

    def get(self, step: Json) -> str | None:
        """Return the password that was made for a step, None if there is none yet."""
        mark = f"{self.prefix}{step['number']}"
        for words in (line.split(" ", 2) for line in self.folder.lines(PASSWORDS)):
            if words[0] == mark and is_whole(words):
                kept = words[1] == "kept-by-command"
                return self.sound(step, self.run("get", mark, "") if kept else words[1])
        return None

    @staticmethod
    def sound(step: Json, secret: str) -> str:
        """Refuse what is not as it was made: a file that was damaged, a command that misbehaves."""
        if len(secret) != step["change"]["machine"]["length"] or not set(secret) <= set(ALPHABET):
            raise StopError(
                2,
                say(
                    "step {number}: what is kept is no password of this script",
                    number=step["number"],
                ),
            )
        return secret

    def make(self, step: Json, change: Json) -> None:
        """Make a password for a step, and keep it."""
        mark = f"{self.prefix}{step['number']}"
        secret = "".join(secrets.choice(ALPHABET) for _ in range(change["length"]))
        if self.command:
            self.run("put", mark, secret)
        shown = "kept-by-command" if self.command else secret
        self.folder.append(PASSWORDS, f"{mark} {shown} {json.dumps(change['name'])}")
        self.script(change, secret)

    def script(self, change: Json, secret: str) -> None:
        """Write what phones need, unless that was done: a run may break off before."""
        text = change["script"].replace("{password}", urllib.parse.quote(secret, safe=""))
        if text and text not in "\n".join(self.folder.lines(SCRIPT)):
            self.folder.append(SCRIPT, text)

    def run(self, verb: str, name: str, text: str) -> str:
        """Run the command that keeps passwords, and return what it prints."""
        if not self.command:
            raise StopError(2, say("a command keeps the passwords: give --password-command again"))
        try:
            done = subprocess.run(  # noqa: S603 -- the program that an option names
                [self.command, verb, name],
                input=text.encode(),
                env={k: v for k, v in os.environ.items() if not k.startswith("PBX_ADMIN_")},
                stdout=subprocess.PIPE,
                timeout=TIMEOUT,
                check=True,
            )
            answer = done.stdout.decode().rstrip("\r\n")
        except (OSError, subprocess.SubprocessError, UnicodeError) as error:
            kind = type(error).__name__
            failed = say(
                "--password-command failed at {verb} {name} ({kind})",
                verb=verb,
                name=name,
                kind=kind,
            )
            raise StopError(6, failed) from None
        if verb == "get" and not answer:
            raise StopError(6, say("--password-command prints nothing for get {name}", name=name))
        return answer


def is_whole(words: list[str]) -> bool:
    """Return whether a line of new passwords was written to its end: its last word is quoted."""
    return len(words) == len(WORDS) and len(words[2]) > 1 and words[2].endswith('"')
