"""A stream of bytes to numbered lines, within limits and in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Final

from auditor.errors import SourceError
from auditor.messages.message import say

MAX_LINE_BYTES = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")


# What a line begins with that continues the one before it.
BLANKS: Final = frozenset({" ", "\t"})
_first_of: Final = itemgetter(slice(1))


def is_any_continued(lines: Iterable[str]) -> bool:
    """Return whether any line begins as one that continues another; in most blocks none does."""
    return not BLANKS.isdisjoint(map(_first_of, lines))


def check_length(line: str, number: int, source: str) -> None:
    """Raise SourceError for a line that was continued beyond any real one."""
    if len(line) > MAX_LINE_BYTES:
        raise SourceError(
            say(
                "line {line} is continued beyond {count} characters",
                line=number,
                count=MAX_LINE_BYTES,
            ),
            where=source,
            advice=say("save the configuration from the PBX again (/cfg.txt)"),
        )


class LineReader:
    """Iterates over `(first line, lines)` blocks of text.

    `undecodable` is the first bad line; `is_ended` says whether the last line has its line end.
    """

    def __init__(self, blocks: Iterable[bytes], source: str) -> None:
        self._blocks = blocks
        self._source = source
        self.undecodable = 0
        self.is_ended = True

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield blocks of whole lines without their line ends.

        Raises SourceError for binary data, UTF-16 and lines beyond any real configuration.
        """
        number = 1
        carry = b""
        first = True
        for block in self._blocks:
            data = carry + block
            if first and len(data) >= len(_BOM):
                data, first = self._check_start(data), False
            end = data.rfind(b"\n") + 1
            carry = data[end:]
            if len(carry) > MAX_LINE_BYTES:
                line = number + data.count(b"\n")
                raise SourceError(
                    say(
                        "line {line} is longer than {count} bytes", line=line, count=MAX_LINE_BYTES
                    ),
                    where=self._source,
                    advice=say("save the configuration from the PBX again (/cfg.txt)"),
                )
            if end:
                lines = self._decode(data[:end], number)
                lines.pop()
                yield number, lines
                number += len(lines)
        if carry:
            self.is_ended = False
            yield number, self._decode(carry, number)

    def _check_start(self, data: bytes) -> bytes:
        if data.startswith(_OTHER_ENCODINGS):
            raise SourceError(
                say("line 1: the file is UTF-16, but a PBX writes UTF-8"),
                where=self._source,
                advice=say(
                    "save the configuration from the PBX again, without an editor in between"
                ),
            )
        return data.removeprefix(_BOM)

    def _decode(self, data: bytes, number: int) -> list[str]:
        if b"\0" in data:
            line = number + data[: data.index(b"\0")].count(b"\n")
            raise SourceError(
                say("line {line}: the file is binary, not a PBX configuration", line=line),
                where=self._source,
                advice=say(
                    "give a cfg.txt, an object export (XML), an expert script or a snapshot"
                ),
            )
        try:
            # One by one: of all together, each character takes as much as the widest of them.
            lines = [*map(bytes.decode, data.split(b"\n"))]
        except UnicodeDecodeError:
            lines = self._decode_partly(data, number).split("\n")
        return [line.removesuffix("\r") for line in lines] if b"\r" in data else lines

    def _decode_partly(self, data: bytes, number: int) -> str:
        """Return what can be read of lines that are not UTF-8, and note the first of them."""
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            if not self.undecodable:
                self.undecodable = number + data[: error.start].count(b"\n")
            return data.decode(errors="replace")
