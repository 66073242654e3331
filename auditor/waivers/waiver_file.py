"""Waiver files: read whole or refused with file and line, and extended without a byte changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from auditor.errors import LinePlace, OptionPlace, WaiverFileError, first_of
from auditor.files.inputs import MOST_TOML, read_bytes
from auditor.files.toml_lines import Lines, line_of
from auditor.files.toml_reading import TomlError, parse_text, parse_toml, read_text
from auditor.files.writing import write_file
from auditor.files.wrong_values import all_problems, at_key
from auditor.messages.message import Message, say
from auditor.messages.suggestions import ALL_CONTROLS, did_you_mean
from auditor.model.rule import RuleDocument
from auditor.model.waiver import WaiverEntry
from auditor.model.waiver_document import Waiver, WaiverDocument
from auditor.values.frozen import frozen

TABLE: Final = "waivers"
SEE_KEYS: Final = say("`pbx-auditor help waivers` lists the keys")
_HEADER: Final = re.compile(r"""\s*\[\[\s*(["']?)waivers\1\s*\]\]\s*(#.*)?""")
# Texts that quote the head of a waiver. More of them are no mistake, and errors lack their line.
_MOST_LOOKALIKES: Final = 20
_NEW: Final = 0o600
_OPTION: Final = OptionPlace("--waivers")


@frozen
class WaiverFile:
    """A waiver file that is well formed; `lines` are where its waivers begin."""

    path: Path
    text: str = field(default="", repr=False)
    waivers: tuple[Waiver, ...] = ()

    def entries(self, rules: Mapping[str, RuleDocument], today: date) -> tuple[WaiverEntry, ...]:
        """Return the waivers with their controls and lines.

        Raises WaiverFileError for a control that is not known, a waiver that stands there twice,
        and one that was made in the future: for all of them at once.
        """
        starts = _starts(self.text, len(self.waivers))
        names = known_rules(rules)
        seen: dict[tuple[str, str, str], int] = {}
        entries, wrong = [], list[WaiverFileError]()
        for waiver, line in zip(self.waivers, starts, strict=True):
            place = WaiverEntry(waiver, names.get(waiver.rule, ""), self.path.name, line)
            wrong += self._check(place, today, names)
            key = (place.rule or waiver.rule, *waiver.selector)
            if key in seen:
                reason = say("the same control and selector stand in line {line}", line=seen[key])
                wrong.append(self._wrong(reason, line, say("keep one of the two")))
            seen.setdefault(key, line)
            entries.append(place)
        if wrong:
            raise first_of(wrong)
        return tuple(entries)

    def _check(
        self, entry: WaiverEntry, today: date, names: Mapping[str, str]
    ) -> Iterator[WaiverFileError]:
        if not entry.rule:
            advice = did_you_mean(entry.waiver.rule, names, all_of_them=ALL_CONTROLS)
            line = _line_in(self.text, entry.line, "rule")
            yield self._wrong(at_key("rule", say("there is no such control")), line, advice)
        if entry.waiver.created > today:
            future = say("{day} is in the future", day=entry.waiver.created.isoformat())
            advice = say("write the day on which the risk was accepted")
            line = _line_in(self.text, entry.line, "created")
            yield self._wrong(at_key("created", future), line, advice)

    def _wrong(self, reason: Message, line: int, advice: Message) -> WaiverFileError:
        return WaiverFileError(reason, where=LinePlace(self.path, line), advice=advice)


def known_rules(rules: Mapping[str, RuleDocument]) -> dict[str, str]:
    """Return the id of a control by each of its names."""
    aliases = {alias: rule.id for rule in rules.values() for alias in rule.aliases}
    return {**aliases, **{name: name for name in rules}}


def read_waivers(path: Path, option: str = _OPTION) -> WaiverFile:
    """Return a waiver file. Raises WaiverFileError, with the line, for anything wrong in it."""
    return parse_waivers(path, read_text(path, WaiverFileError, say("the waiver file"), option))


def parse_waivers(path: Path, text: str) -> WaiverFile:
    """Return the text of a waiver file as what it means. Raises WaiverFileError."""
    content = parse_text(text, path, WaiverFileError, SEE_KEYS)
    try:
        return WaiverFile(path, text, tuple(WaiverDocument.model_validate(content).waivers))
    except ValidationError as error:
        lines = Lines(text)
        raise first_of(
            [
                WaiverFileError(
                    at_key(_key_of(one.keys), one.reason),
                    where=LinePlace(path, lines.of(one.keys)),
                    advice=SEE_KEYS,
                )
                for one in all_problems(error, WaiverDocument, content)
            ]
        ) from None


def _key_of(keys: tuple[str, ...]) -> str:
    """Return the key of a waiver that an error is about, without the number of the waiver."""
    return next((key for key in keys[1:] if not key.isdecimal()), keys[0] if keys else TABLE)


def format_waiver(waiver: Waiver) -> str:
    """Return a waiver as TOML."""
    lines = [f"[[{TABLE}]]"]
    for name in type(waiver).model_fields:
        value = getattr(waiver, name)
        if isinstance(value, date):
            lines.append(f"{name} = {value.isoformat()}")
        elif value:
            lines.append(f"{name} = {_quoted(value)}")
    return "\n".join(lines) + "\n"


def append_waiver(
    path: Path, waiver: Waiver, rules: Mapping[str, RuleDocument], today: date
) -> WaiverEntry:
    """Write a file with one more waiver, if it is right before and after; return the waiver.

    If there is no such file, it is made. Raises WaiverFileError, and OutputError if the file cannot
    be written.
    """
    exists = path.exists()
    before = read_waivers(path, "FILE") if exists else parse_waivers(path, "")
    before.entries(rules, today)
    more = addition(before.text, waiver)
    entries = parse_waivers(path, before.text + more).entries(rules, today)
    content = read_bytes(path, MOST_TOML) if exists else b""
    mode = path.stat().st_mode & 0o777 if exists else _NEW
    write_file(path.resolve(), content + more.encode(), mode)
    return entries[-1]


def addition(text: str, waiver: Waiver) -> str:
    """Return what to append to the text of a waiver file so that it holds one more waiver."""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text.strip() else end if text.endswith("\n") else end * 2
    return gap + format_waiver(waiver).replace("\n", end)


def _quoted(text: str) -> str:
    """Return a basic string of TOML on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = (c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped)
    return f'"{"".join(shown)}"'


def _starts(text: str, count: int) -> list[int]:
    """Return the lines in which the waivers begin; line 1 for those that have no line of theirs."""
    lines = text.splitlines(keepends=True)
    found = [n for n, line in enumerate(lines, 1) if _HEADER.fullmatch(line.rstrip("\r\n"))]
    if len(found) > count + _MOST_LOOKALIKES:  # each is looked at with all that is before it
        return [1] * count
    if len(found) > count:  # some are inside a text of several lines
        found = [n for n in found if _is_whole("".join(lines[: n - 1]))]
    return [*found, *[1] * count][:count]


def _is_whole(text: str) -> bool:
    try:
        parse_toml(text)
    except TomlError:
        return False
    return True


def _line_in(text: str, start: int, *keys: str) -> int:
    """Return the line of a key of the waiver that begins in a line."""
    block: list[str] = []
    for line in text.splitlines()[start - 1 :]:
        if block and _HEADER.fullmatch(line):
            break
        block.append(line)
    return start - 1 + line_of("\n".join(block), (TABLE, "0", *keys))
