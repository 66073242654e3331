"""Reads `cfg.txt` and expert scripts: one pass, line by line, nothing kept that is not a fact."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from auditor import pbxcrypt
from auditor.dialects import Dialect, SettingPlace
from auditor.errors import SourceError
from auditor.facts import FACTORY_LOGIN, FALSE, TRUE, known_facts
from auditor.model.snapshot import Box, Gap, Setting
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.commands import Command, parse_config_line
from auditor.sources.parse.items import Damage, read_items
from auditor.sources.parse.lines import MAX_LINE_BYTES, LineReader
from auditor.sources.parse.objects import ObjectReader
from auditor.sources.parse.reading import Reading, ScriptedPassword

_ITEM: Final = "mod cmd FLASHDIR0 add-item "
_NOISE: Final = (")(type=", "(info=")
_HEADER: Final = re.compile(
    r"# (?P<firmware>[Vv]?\d\S*(?: \S+){0,3}?|\S+ \S+) (?P<product>[A-Za-z0-9-]+)\["
)
_BOX_NAME: Final = re.compile(
    r"# (?P<product>[A-Za-z0-9]+)-(?P<serial>[0-9a-f]{2}(-[0-9a-f]{2})+)$", re.IGNORECASE
)
_KNOWN_COMMANDS: Final = ("config ", "vars ", "mod ", "!", "#", "reset", "iresetn", "lang ")
_URL_COMMAND: Final = re.compile(r"^[\w.:/\[\]-]*/mod_cmd(_login)?\.xml\?")
_MIN_PROBE_BYTES: Final = 8
_PBX_MODULE: Final = "PBX0"


def read_configuration(blocks: Iterable[bytes], source: str, dialect: Dialect) -> Reading:
    """Return what a configuration or expert script says.

    Raises SourceError if the text is not one. Items that cannot be read become gaps.
    """
    return _ConfigurationReader(source, dialect).read(blocks)


class _ConfigurationReader:
    def __init__(self, source: str, dialect: Dialect) -> None:
        self._source = source
        self._dialect = dialect
        self._reading = Reading(source, "configuration")
        self._objects = ObjectReader(self._reading, dialect)
        self._understood = 0
        self._unknown: list[int] = []
        self._comments = False
        self._is_export = False
        self._items: list[tuple[int, str]] = []
        self._damaged: list[Damage] = []
        self._probe: list[str] = []
        self._wanted_modules = {
            place.module.split()[0]
            for place in dialect.settings.values()
            if place.place == "option"
        } | {"CMD0", "PHONE"}
        self._found: dict[str, list[tuple[str, int]]] = {}
        self._lacking: dict[str, list[int]] = {}
        self._module_lines: dict[str, int] = {}

    def read(self, blocks: Iterable[bytes]) -> Reading:
        lines = LineReader(blocks, self._source)
        pending, at = "", 0
        for first, block in lines:
            for number, line in enumerate(block, first):
                if line[:1] in {" ", "\t"} and pending:
                    pending += line.strip()
                    self._check_length(pending, at)
                    continue
                if pending:
                    self._line(pending, at)
                pending, at = line, number
            self._read_items()
        if pending:
            self._line(pending, at)
        self._read_items()
        self._finish(lines.undecodable)
        return self._reading

    def _check_length(self, line: str, number: int) -> None:
        if len(line) > MAX_LINE_BYTES:
            raise SourceError(
                f"line {number} is continued beyond {MAX_LINE_BYTES} characters",
                where=self._source,
                advice="save the configuration from the PBX again (/cfg.txt)",
            )

    def _line(self, line: str, number: int) -> None:
        if line.startswith(_ITEM):
            self._understood += 1
            self._item(line, number)
        elif line.startswith("config "):
            self._understood += 1
            self._config(line, number)
        elif line.startswith("vars "):
            self._understood += 1
            self._variable(line)
        elif line.startswith("#"):
            self._header(line)
        elif line.strip():
            if line.startswith(_KNOWN_COMMANDS) or _URL_COMMAND.match(line):
                self._understood += 1
            else:
                self._unknown.append(number)

    def _item(self, line: str, number: int) -> None:
        start = line.find("(")
        if start < 0:
            self._damaged.append(Damage(number, "it has no attributes"))
        elif "(pbx=" in line or not all(mark in line for mark in _NOISE):
            self._items.append((number, line[start:].rstrip()))

    def _read_items(self) -> None:
        """Read the items of one block together."""
        for item in read_items(self._items):
            if isinstance(item, Damage):
                self._damaged.append(item)
            elif len(item.nodes) > 1 and [n.tag for n in item.nodes].count("user") > 1:
                self._damaged.append(Damage(item.line, "it has two <user> elements"))
            else:
                self._objects.add(item.names, item.nodes, item.line)
        self._items.clear()

    def _config(self, line: str, number: int) -> None:
        if self._wanted_modules.isdisjoint(line.split(None, 3)[2:3]):
            return
        command = parse_config_line(line)
        if command.module == "CMD0" and command.values("name"):
            self._name_box(command.values("name")[-1])
        elif command.module == "PHONE SIG":
            self._registration(command, number)
        for fact, place in self._dialect.settings.items():
            if place.place == "option" and place.module == command.module:
                self._module_lines[place.module] = number
                self._option(fact, command.texts(place.option), line, number)

    def _option(self, fact: str, values: list[str], line: str, number: int) -> None:
        """Note what a line of its module says of a fact: values, or that there is none.

        `change` states all options of the line, `add` some more, `rem` takes them away.
        """
        verb = line.split(None, 2)[1]
        if values and verb != "rem":
            self._found.setdefault(fact, []).extend((value, number) for value in values)
        elif values or verb == "change":
            self._lacking.setdefault(fact, []).append(number)

    def _registration(self, command: Command, number: int) -> None:
        names = command.values("h323")
        if names:
            secrets = command.literals("gk-pwd")
            self._reading.scripted.append(
                ScriptedPassword(names[-1], number, secrets[-1] if secrets else None)
            )

    def _variable(self, line: str) -> None:
        words = line.split()
        if words[1:2] == ["check"]:  # the first line of what "Save config" delivers
            self._is_export = True
        if len(words) == 5 and words[1] == "create" and words[3] == "pc":  # noqa: PLR2004
            self._probe.append(words[4])

    def _header(self, line: str) -> None:
        self._comments = True
        if self._reading.objects:
            return
        known = self._reading.box or Box()
        box = read_header(line, known)
        if box != known:
            self._reading.box = box

    def _name_box(self, name: str) -> None:
        box = self._reading.box or Box()
        self._reading.box = Box(name, box.product, box.firmware, box.serial)

    def _finish(self, undecodable: int) -> None:
        reading = self._reading
        if not self._understood:
            raise SourceError(
                self._what_it_is(),
                where=self._source,
                advice="give a cfg.txt, an object export (XML), an expert script or a snapshot",
            )
        reading.has_pbx_lines = _PBX_MODULE in self._module_lines
        for fact, place in self._dialect.settings.items():
            setting = self._setting(fact, place) if place.place == "option" else None
            if setting is not None:
                reading.settings[fact] = setting
        if self._unknown:
            reading.notes.append(
                f"{len(self._unknown)} lines are not understood, the first is {self._unknown[0]}"
            )
        self._name_gaps(undecodable)
        reading.factory_encrypted = self._is_factory_encrypted()
        if self._probe and reading.box is not None and reading.box.product:
            value = TRUE if reading.factory_encrypted else FALSE
            note = "that the login is the key is inferred" if not reading.factory_encrypted else ""
            reading.settings[FACTORY_LOGIN] = Setting(
                (value,), Grade.INFERRED, self._source, place="encrypted variables", note=note
            )

    def _setting(self, fact: str, place: SettingPlace) -> Setting | None:
        """Return what the option of a fact says; None if nothing does.

        Each line of the module counts: one without the option is a value too, or a gap.
        """
        found, lacking = self._found.get(fact, []), self._lacking.get(fact, [])
        reduce = known_facts()[fact].reduce
        entries = [reduce(entry) for text, _ in found for entry in place.split(text)]
        words, note = place.words, ""
        if lacking and place.absent is not None:
            entries.append(place.absent)
            words = place.words_if_absent
            note = f"the option is not there, which means {place.absent or 'nothing'}"
        elif lacking and (found or place.absent_source):
            self._reading.gaps.append(_lack(fact, place, self._source, lacking[0]))
        if not found and not note:
            return None
        line = found[-1][1] if found else lacking[-1]
        values = tuple(dict.fromkeys(entries))
        return Setting(values, place.grade, self._source, line, words, note)

    def _what_it_is(self) -> str:
        """Return what a file without a single known command is."""
        if self._unknown:
            return f"line {self._unknown[0]}: this is not a PBX configuration"
        return "the file holds nothing but comments" if self._comments else "the file is empty"

    def _name_gaps(self, undecodable: int) -> None:
        gaps = self._reading.gaps
        if self._damaged:
            line, reason = self._damaged[0]
            gaps.append(
                Gap(
                    Area.OBJECTS,
                    f"objects that cannot be read: {len(self._damaged)}; the first, at line "
                    f"{line}: {reason}",
                    self._source,
                    line,
                    "save the configuration from the PBX again (/cfg.txt)",
                )
            )
        if self._is_export and self._reading.objects and not self._reading.admin_seen:
            self._reading.incomplete = Gap(
                Area.OBJECTS,
                "the _ADMIN_ object that every PBX has is not there, so others may be missing",
                self._source,
                advice="save the configuration from the PBX again (/cfg.txt)",
            )
        if undecodable:
            gaps.append(
                Gap(
                    Area.OBJECTS,
                    f"line {undecodable} is not UTF-8, so names may be misread",
                    self._source,
                    undecodable,
                    "save the configuration again, without an editor that changes the encoding",
                )
            )

    def _is_factory_encrypted(self) -> bool:
        """Return whether encrypted variables open with the factory login of this device type."""
        box = self._reading.box
        if box is None or not box.product:
            return False
        key = pbxcrypt.factory_key(box.product)
        return any(_opens(key, value) for value in self._probe)


def _lack(fact: str, place: SettingPlace, source: str, line: int) -> Gap:
    """Return that a line without its option leaves a fact open."""
    why = place.absent_source or "what a line without it means is not documented"
    advice = "look at the box, and attest what applies"
    return Gap(fact, f"the option is not there: {why}", source, line, advice)


def read_header(line: str, known: Box) -> Box:
    """Return what a comment at the start of a configuration adds to what is known of its box."""
    if header := _HEADER.match(line):
        return replace(known, product=header["product"], firmware=header["firmware"])
    if name := _BOX_NAME.match(line.strip()):
        return replace(known, product=known.product or name["product"], serial=name["serial"])
    return known


def _opens(key: bytes, value: str) -> bool:
    try:
        field = bytes.fromhex(value)
    except ValueError:
        return False
    if len(field) < _MIN_PROBE_BYTES:
        return False
    clear = pbxcrypt.decrypt(key, field)
    padded = 0 < len(clear) < len(field)
    return padded and clear.isascii() and clear.decode().isprintable()
