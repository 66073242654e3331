"""What people read: results go to stdout, everything else to stderr, in the language they chose."""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import zip_longest
from typing import BinaryIO, Final

from auditor.errors import AuditorError, OutputError
from auditor.messages.languages import Language, translated
from auditor.messages.message import Message, say
from auditor.report.formats.terminal_style import Look
from auditor.report.text import SPELT, inert, inert_json, spelt

_MAX_WIDTH: Final = 100
_MOST_ERRORS: Final = 20


def _nothing() -> None:
    """Clear no line: none is shown."""


class _Console:
    """Who reads it, and what clears the line that shows progress; a program has one console."""

    language: Language = "en"
    is_chosen = False
    clear: Callable[[], None] = staticmethod(_nothing)


def prepare_streams() -> None:
    """Make sure that no character can crash the console; its code page keeps what it has."""
    _Console.language, _Console.is_chosen = "en", False
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=SPELT)


def choose(language: Language) -> None:
    """Say everything from now on in the language that whoever runs the program chose."""
    _Console.language, _Console.is_chosen = language, True


def suggest(language: Language) -> None:
    """Say everything from now on in the language of a document, unless another was chosen."""
    if not _Console.is_chosen:
        _Console.language = language


def spoken() -> Language:
    """Return the language that is spoken."""
    return _Console.language


def clear_with(clear: Callable[[], None] | None) -> None:
    """Note what removes the line that shows progress, before anything else is written."""
    _Console.clear()
    _Console.clear = staticmethod(clear or _nothing)


def told(text: str) -> str:
    """Return a message in the language that is spoken, to be put together with others."""
    return translated(text, _Console.language)


def tell(*messages: Message) -> None:
    """Write messages for people to stderr, a line each, with control characters made visible."""
    if messages:
        tell_text("\n".join(map(told, messages)))


def tell_text(text: str) -> None:
    """Write to stderr what is data, or was put together of messages that were told."""
    shown = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
    _Console.clear()
    write_note(inert(spelt(shown, encoding(sys.stderr))) + "\n")


def tell_error(error: AuditorError) -> None:
    """Write what went wrong, where, and what to do: all that is wrong with one document."""
    every = (error, *error.further)
    shown = every[:_MOST_ERRORS]
    lines = []
    for one, following in zip_longest(shown, shown[1:]):
        message = one.message
        if one.where:
            message = say("{where}: {message}", where=one.where, message=message)
        lines.append(told(say("error: {message}", message=message)))
        if one.advice and (following is None or following.advice != one.advice):
            lines.append("  " + told(say("What to do: {advice}", advice=one.advice)))
    if len(every) > len(shown):
        lines.append(told(say("and {count} more", count=len(every) - len(shown))))
    tell_text("\n".join(lines))


def write_note(text: str) -> None:
    """Write to stderr as it is; nobody may read it, and the exit code still speaks."""
    with suppress(OSError, AttributeError):
        sys.stderr.write(text)
        sys.stderr.flush()


def show(*messages: Message) -> None:
    """Write messages to stdout as a result, a line each. Raises OutputError."""
    show_text("\n".join(map(told, messages)))


def show_text(text: str) -> None:
    """Write to stdout what is data, or was put together of messages that were told.

    Nothing acts upon it. Raises OutputError.
    """
    _write(inert(spelt(text.rstrip(), encoding(sys.stdout))))


def show_json(text: str) -> None:
    """Write JSON to stdout, spelt so that nothing acts upon it. Raises OutputError."""
    _write(inert_json(text.rstrip()))


def show_octets(content: bytes) -> None:
    """Write to stdout what goes elsewhere as well, to the octet, and the end of a last line.

    On a terminal nothing acts upon it. Raises OutputError.
    """
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        show_text(content.decode().replace("\r\n", "\n"))
        return
    _write("", buffer, content if content.endswith(b"\n") else content + b"\n")


def _write(text: str, buffer: BinaryIO | None = None, content: bytes = b"") -> None:
    """Write a line, or octets, to stdout. Raises OutputError if nobody takes it."""
    _Console.clear()
    try:
        if buffer is None:
            sys.stdout.write(f"{text}\n")
        else:
            sys.stdout.flush()
            buffer.write(content)
        sys.stdout.flush()
    except (OSError, AttributeError):  # a full disk, a closed pipe, no stdout at all
        sys.stdout = io.StringIO()  # or Python complains again when it exits
        raise OutputError(
            say("the result could not be written to standard output"),
            advice=say("read the reports; --out names their folder"),
        ) from None


def width() -> int:
    """Return the width to write for."""
    return min(shutil.get_terminal_size((80, 24)).columns, _MAX_WIDTH)


def look() -> Look:
    """Return what stdout can show, in the language that is spoken."""
    return Look(width(), wants_colour(), encoding(sys.stdout), _Console.language)


def wants_colour() -> bool:
    """Return whether stdout is a terminal that may be coloured (https://no-color.org)."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def is_watched() -> bool:
    """Return whether somebody looks at stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def encoding(stream: object) -> str:
    """Return the encoding of a stream; ASCII where nobody says."""
    named = getattr(stream, "encoding", None) or "ascii"
    try:
        return codecs.lookup(named).name
    except LookupError:
        return "ascii"
