"""A command of the operator: it gets the digest as JSON on its standard input.

No shell, a time limit, and an environment with what programs need to run, no secret of ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from datetime import datetime
from typing import Final

from auditor.files.os_reasons import why
from auditor.fleet.inventory.inventory_model import Recipient
from auditor.fleet.outward.channels.channel import DeliveryError, Letter
from auditor.fleet.outward.digest.digest_schema import digest_json
from auditor.messages.message import NOTHING, Message, say

SECONDS: Final = 60.0
KEY: Final = "PBX_AUDITOR_DELIVERY"
_KEPT: Final = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR",
    "SYSTEMROOT", "PATHEXT", "COMSPEC", "TEMP", "TMP", "USERPROFILE", "APPDATA",
)  # fmt: skip


class CommandChannel:
    """Starts a program for each digest; that it ends with 0 says that it arrived."""

    def __init__(self, recipient: Recipient, seconds: float = SECONDS) -> None:
        self._recipient = recipient
        self._seconds = seconds

    def payload(self, letter: Letter) -> bytes:
        """Return the JSON of the digest."""
        return digest_json(letter.digest)

    def server(self) -> str:
        """Return the program, without its arguments."""
        return self._recipient.command[0]

    def send(self, letter: Letter, now: datetime) -> Message:  # noqa: ARG002 -- it needs no time
        """Start the program, and wait until it ends. Raises DeliveryError."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            started = subprocess.Popen(  # noqa: S603 -- the operator's own command, without a shell
                self._recipient.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**environment, KEY: letter.key},
                start_new_session=True,
            )
        except OSError as error:
            reason = say("the command cannot be started ({reason})", reason=why(error))
            raise DeliveryError(reason, is_final=True) from None
        except ValueError:  # a NUL in it
            raise DeliveryError(say("there can be no such command"), is_final=True) from None
        with started:
            self._feed(started, self.payload(letter))
        if started.returncode != 0:
            raise DeliveryError(say("the command ended with {code}", code=started.returncode))
        return NOTHING

    def _feed(self, started: subprocess.Popen[bytes], payload: bytes) -> None:
        try:
            started.communicate(payload, timeout=self._seconds)
        except subprocess.TimeoutExpired:
            raise DeliveryError(say("the command did not end in time"), is_silent=True) from None
        finally:
            _end(started)


def _end(started: subprocess.Popen[bytes]) -> None:
    """End a program that did not end by itself, with what it started."""
    if started.poll() is not None:
        return
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(started.pid, signal.SIGKILL)
    started.kill()
    started.wait()
