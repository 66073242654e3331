"""What all parts share."""

import re
import string
import sys
from collections.abc import Callable
from typing import Any, TextIO

from auditor.remediation.script.script_messages import Said, Speech, say, told

Json = dict[str, Any]  # a plan, one of its steps or changes, or a note of the state
SOAP = "/PBX0/user.soap"
NAMESPACE = "http://innovaphone.com/pbx"
MASK = "********"
TIMEOUT = 30
MAX_ANSWER = 64 * 1024 * 1024
MAX_DEPTH = 100
ALPHABET = string.ascii_letters + string.digits + "-_.+"
CLASSES = ("safe", "needs-review", "dangerous")
STATE = "remediation.state"
KEY = "remediation.key"
LOG = "remediation.log"
LOCK = "remediation.lock"
PASSWORDS = "new-passwords.txt"
SCRIPT = "expert-script.txt"
NOTED = ("hash", "phase", "before", "after")
ASK = "ask"
NEEDS = {  # the texts that each kind of change names; `before`, `after` and `name` may be null
    "attribute": ("guid", "cn", "attribute"),
    "device": ("guid", "cn", "hw", "attribute"),
    "new-device": ("guid", "cn", "hw"),
    "part": ("guid", "cn", "tag", "type", "e164", "h323", "before"),
    "marks": ("guid", "cn", "path", "before"),
    "parent": ("guid", "cn", "element", "attribute", "before"),
    "password": ("guid", "cn", "name", "script", "before"),
    "option": ("head", "option", "before", "after"),
}
HIDDEN = re.compile(r"pw|pass|key|pin|secret|token|auth", re.IGNORECASE)
MARK = re.compile(r"##(?=[A-Za-z-]*\[)")  # what logs of CI systems act upon anywhere in a line
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns:ns1="{NAMESPACE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
    '<ns1:Admin><xml xsi:type="xsd:string">{}</xml></ns1:Admin>'
    "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)


def spoken(part: Json, name: str) -> Any:  # noqa: ANN401 -- whatever JSON holds
    """Return what a part of a plan says in the language that is spoken, if it says it in that."""
    return part.get(f"{name}_{Speech.language}") or part[name]


def write_out(said: Said, *, indent: str = "", file: TextIO | None = None) -> None:
    """Print a sentence as one line, which no terminal or CI system takes for a command.

    Names come from a PBX. Each line begins with words of this script, so no part ends one.
    """
    stream = file or sys.stdout
    if stream is not None:  # closed
        stream.write(inert(f"{indent}{told(said)}") + "\n")


def complain(said: Said) -> None:
    """Print why a run ended, where somebody reads it; the exit code says it too."""
    try:
        write_out(said, file=sys.stderr)
    except OSError:
        sys.stderr = None  # else Python tries again, and ends with an exit code of its own


def ask(said: Said, read: Callable[[str], str] | None = None) -> str:
    """Return what somebody answers; `read` shows a question as `input` does."""
    question = inert(told(said))
    try:
        return read(question) if read else input(question)
    except UnicodeError:
        raise StopError(
            2, say("what was typed is not in the encoding of this terminal: set LC_ALL or LANG")
        ) from None


def inert(line: str) -> str:
    """Return a line as it can be shown, whatever is in it."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return MARK.sub(r"#\\x23", shown)


class StopError(Exception):
    """The end of a run, with its exit code, and what is said of it."""

    def __init__(self, code: int, said: Said) -> None:
        super().__init__(code, said)
        self.code = code
        self.said = said

    def __str__(self) -> str:
        return told(self.said)
