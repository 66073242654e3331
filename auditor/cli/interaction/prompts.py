"""Questions that begin a file: asked on a terminal, or answered by options."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from auditor.cli.interaction.console import tell
from auditor.errors import InputError, OptionPlace
from auditor.files.toml_writing import Value
from auditor.files.writing import write_new
from auditor.messages.message import Message, say
from auditor.values.frozen import frozen

Keys: TypeAlias = tuple[str, str]
# Returns why a value cannot stand at these keys; nothing if it can.
Refusal: TypeAlias = Callable[[Keys, object], Message]
Given: TypeAlias = "str | list[str] | None"

# Answers that there is none of what was asked for, instead of leaving it open.
NONE: Final = "-"


@frozen
class Prompt:
    """What is asked for a key, the option that answers it, and whether it can be left open."""

    keys: Keys
    option: OptionPlace
    text: Message
    is_list: bool = False
    is_needed: bool = False


@frozen
class Kind:
    """The kind of file that is begun: what cannot stand in it, and the guide that explains it."""

    refusal: Refusal
    guide: str


def answered(questions: Iterable[Prompt], given: Sequence[Given], kind: Kind) -> dict[Keys, Value]:
    """Return the answers to questions: what options say, and on a terminal the rest.

    Raises InputError.
    """
    answers: dict[Keys, Value] = {}
    asks = is_terminal()
    for question, option in zip(questions, given, strict=True):
        value = _of_option(question, option, kind)
        if value is None and asks:
            value, asks = _asked(question, kind.refusal)
        if value is not None:
            answers[question.keys] = value
        elif question.is_needed:
            raise InputError(
                say("this is needed: {question}", question=question.text),
                where=question.option,
                advice=say("give {option}", option=question.option),
            )
    return answers


def begin_file(path: Path, text: str) -> None:
    """Write a new file. Raises InputError if it is there, OutputError if it cannot be written."""
    try:
        write_new(path, text.encode())
    except FileExistsError:
        raise taken(path) from None


def check_new(path: Path) -> None:
    """Raise InputError if a file is there already, before anybody answers questions for it."""
    if path.exists() or path.is_symlink():
        raise taken(path)


def taken(path: Path) -> InputError:
    """Return the error that a file is there already; nothing is ever overwritten."""
    return InputError(
        say("the file is there already"),
        where=str(path),
        advice=say("name another one with --out, or edit this one"),
    )


def is_terminal() -> bool:
    """Return whether somebody can be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _of_option(question: Prompt, given: Given, kind: Kind) -> Value | None:
    """Return what an option answers, None if it was not given. Raises InputError."""
    if not given:
        return None
    value = _list_of(given) if isinstance(given, list) else given
    why = kind.refusal(question.keys, value)
    if why:
        advice = say("`pbx-auditor help {guide}` says what it can be", guide=kind.guide)
        raise InputError(why, where=question.option, advice=advice)
    return value


def _asked(question: Prompt, refusal: Refusal) -> tuple[Value | None, bool]:
    """Ask until there is an answer; return it, and whether anybody still answers."""
    tell(question.text)
    while line := answer_line():
        text = line.strip()
        if not text and not question.is_needed:
            return None, True
        value = _list_of(text.split(",")) if question.is_list else text
        why = refusal(question.keys, value)
        if not why:
            return value, True
        tell(say("this cannot be: {why}. Once more:", why=why))
    return None, False


def answer_line() -> str:
    """Return a line of the terminal, empty at its end. Raises InputError."""
    try:
        line = sys.stdin.readline()
        line.encode()  # a locale without UTF-8 lets octets through that are no text
    except UnicodeError:
        raise InputError(
            say("the answer is not UTF-8"), where=say("terminal"), advice=say("use options instead")
        ) from None
    return line


def _list_of(parts: Sequence[str]) -> list[str]:
    found = [part.strip() for part in parts if part.strip()]
    return [] if found == [NONE] else found
