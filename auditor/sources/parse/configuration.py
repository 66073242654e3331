"""Reads `cfg.txt` and expert scripts: one pass, line by line, nothing kept that is not a fact.

Every line is used, known to be irrelevant, or not understood; the reading carries the account. Only
the configuration of a box states settings. A script, which no header says the box of, states
registrations of phones and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.facts import FACTORY_LOGIN, FALSE, TRUE
from auditor.messages.message import NOTHING, Counted, Message, say, say_count
from auditor.model.account import Irrelevant, Unit
from auditor.model.snapshot import Box, Gap, Setting
from auditor.model.vocabulary import Area, Grade
from auditor.pbx import crypt
from auditor.sources.parse import registrations
from auditor.sources.parse.commands import (
    CommandKind,
    kind_of,
    looks_like_command,
    parse_config_line,
)
from auditor.sources.parse.header import contradicts, read_header
from auditor.sources.parse.item_lines import ITEM, ItemLines
from auditor.sources.parse.ledger import ALL_AREAS, Ledger
from auditor.sources.parse.lines import BLANKS, LineReader, check_length, is_any_continued
from auditor.sources.parse.reading import TELLING, OpenEnd, Reading
from auditor.sources.parse.setting_lines import SettingLines

_MAX_OVERLOOKED: Final = 1000
_MIN_PROBE_BYTES: Final = 8
_PBX_MODULE: Final = "PBX0"
_BOX_MODULE: Final = "CMD0"
# What a whole configuration has at its end, and one that was cut has not.
NO_ADMIN: Final = say(
    "the _ADMIN_ object that every PBX has is not there, so others may be missing"
)
NOTHING_FOLLOWS: Final = say("nothing follows the settings of the device, so some may be missing")
_SAVE_AGAIN: Final = say("save the configuration from the PBX again (/cfg.txt)")
_LINES: Final = Counted(
    "{count} line is not understood, at line {line}: {reason}",
    "{count} lines are not understood; the first, at line {line}: {reason}",
)
_UNKNOWN: Final = say("it is no command that is known, so it could set anything")
_TWO_BOXES: Final = say("the file names two boxes")
_IRRELEVANT: Final = {
    CommandKind.EMPTY: Irrelevant.EMPTY,
    CommandKind.COMMENT: Irrelevant.COMMENT,
    CommandKind.MAINTENANCE: Irrelevant.MAINTENANCE,
    CommandKind.VARIABLE: Irrelevant.VARIABLE,
}
_NOT_COMMANDS: Final = frozenset(
    {CommandKind.EMPTY, CommandKind.COMMENT, CommandKind.NOT_UNDERSTOOD}
)


def read_configuration(blocks: Iterable[bytes], source: str, dialect: Dialect) -> Reading:
    """Return what a configuration or expert script says.

    Raises SourceError if the text is not one. Lines that cannot be read become gaps.
    """
    return _ConfigurationReader(source, dialect).read(blocks)


class _ConfigurationReader:
    def __init__(self, source: str, dialect: Dialect) -> None:
        self._source = source
        self._reading = Reading(source, "configuration")
        self._ledger = Ledger(source, _SAVE_AGAIN)
        self._items = ItemLines(self._reading, dialect, self._ledger)
        self._settings = SettingLines(dialect, self._ledger)
        self._recognised = 0
        self._unknown: list[int] = []
        self._header = Box()
        self._has_comments = False
        self._is_export = False
        self._goes_on = False
        self._probe: list[str] = []
        # Beginnings of lines that are known to be irrelevant; most are, and some come thousandfold.
        self._overlooked: set[str] = set()

    def read(self, blocks: Iterable[bytes]) -> Reading:
        lines = LineReader(blocks, self._source)
        pending, at = "", 0
        for first, block in lines:
            is_continued = is_any_continued(block)
            for number, line in enumerate(block, first):
                if is_continued and line[:1] in BLANKS and pending.strip():
                    pending += line.strip()
                    check_length(pending, at, self._source)
                    continue
                if pending.startswith(ITEM):  # as nearly all
                    self._goes_on = True
                    self._recognised += 1
                    self._items.add_usual(pending, at)
                elif at:
                    self._line(pending, at)
                pending, at = line, number
            self._items.read_block()
        if at:
            self._line(pending, at, is_whole=lines.is_ended)
        self._items.read_block()
        self._finish(lines.undecodable)
        return self._reading

    def _line(self, line: str, number: int, *, is_whole: bool = True) -> None:
        if (kind := kind_of(line)) is CommandKind.ITEM:
            self._goes_on = True
            self._recognised += 1
            self._items.add(line, number, is_whole=is_whole)
            return
        self._recognised += kind not in _NOT_COMMANDS
        if irrelevant := _IRRELEVANT.get(kind):
            self._ledger.pass_over(Unit.LINES, irrelevant)
            if kind is not CommandKind.COMMENT:
                self._look_for_password(line, number)
        if kind is CommandKind.SETTING:
            self._setting(line, number, is_whole=is_whole)
        elif kind is CommandKind.REGISTRATION:
            options = line.partition(" reg-edit-reg")[2]
            self._register(options, number, is_encoded=True, is_whole=is_whole)
        elif kind is CommandKind.NOT_UNDERSTOOD:
            self._not_understood(line, number)
        else:
            self._about_the_file(kind, line, number)

    def _about_the_file(self, kind: CommandKind, line: str, number: int) -> None:
        """Take notice of a line that says what the file is, not what it holds."""
        if kind is CommandKind.CHECK:
            self._check(number)
        elif kind is CommandKind.VARIABLE:
            self._variable(line)
        elif kind is CommandKind.COMMENT:
            self._comment(line, number)

    def _not_understood(self, line: str, number: int) -> None:
        self._unknown.append(number)
        self._recognised += looks_like_command(line)
        self._ledger.misread(Unit.LINES, number)
        self._settings.mention(line, number)
        self._look_for_password(line, number)

    def _look_for_password(self, line: str, number: int) -> None:
        """Note that a line which is no registration of a phone may hold the password of one."""
        if registrations.may_hold_password(line):
            self._reading.scripted.append(registrations.unclear(number))

    def _setting(self, line: str, number: int, *, is_whole: bool) -> None:
        self._goes_on = False
        head = line.partition(" /")[0]
        if not registrations.is_like_module(line.split(None, 3)[2]):
            self._look_for_password(line, number)
        if is_whole and head in self._overlooked:
            self._ledger.pass_over(Unit.LINES, Irrelevant.OTHER_MODULE)
            return
        command = parse_config_line(line)
        self._reading.modules |= TELLING.intersection([command.module.partition(" ")[0]])
        if registrations.is_module(command.module) and not line.startswith("config rem"):
            self._register(line, number, is_encoded=False, is_whole=is_whole)
        elif not is_whole:
            self._settings.cut(command.module, number)
        else:
            if command.module == _BOX_MODULE and (names := command.values("name")):
                self._reading.box = replace(self._reading.box or Box(), name=names[-1])
            is_overlooked = self._settings.add(command, line.split(None, 2)[1], number)
            is_like_phone = registrations.is_like_module(command.module)
            if is_like_phone and "pwd" in line.casefold():
                self._reading.scripted.append(registrations.unclear(number))
            elif not is_like_phone and is_overlooked and len(self._overlooked) < _MAX_OVERLOOKED:
                self._overlooked.add(head)

    def _register(self, text: str, number: int, *, is_encoded: bool, is_whole: bool) -> None:
        """Take notice of a registration; `text` is a line, or the options of a command."""
        self._ledger.use(Unit.LINES)
        command = parse_config_line(f"mod cmd {text}" if is_encoded else text)
        found = registrations.registration_of(
            command, number, is_encoded=is_encoded, is_whole=is_whole
        )
        if found is not None:
            self._reading.scripted.append(found)

    def _check(self, number: int) -> None:
        """Take notice of `vars check`, the first line of what "Save config" delivers."""
        self._ledger.use(Unit.LINES)
        if self._recognised > 1:
            self._ledger.doubt(ALL_AREAS, _LINES, number, _TWO_BOXES)
        self._is_export = self._recognised == 1 and not self._unknown

    def _variable(self, line: str) -> None:
        self._goes_on = True
        words = line.split()
        if len(words) == 5 and words[3] == "pc":  # noqa: PLR2004
            self._probe.append(words[4])

    def _comment(self, line: str, number: int) -> None:
        self._has_comments = True
        stated = read_header(line, Box())
        if contradicts(self._header, stated):
            self._ledger.doubt(ALL_AREAS, _LINES, number, _TWO_BOXES)
            return
        self._header = read_header(line, self._header)

    def _finish(self, undecodable: int) -> None:
        reading = self._reading
        if not self._recognised:
            raise SourceError(
                self._what_it_is(),
                where=self._source,
                advice=say(
                    "give a cfg.txt, an object export (XML), an expert script or a snapshot"
                ),
            )
        if self._header != Box():
            name = reading.box.name if reading.box is not None else ""
            reading.box = replace(self._header, name=name)
        reading.states_settings = self._header != Box()
        reading.has_pbx_lines = _PBX_MODULE in self._settings.lines
        settings = self._settings.settings(self._source)
        if reading.states_settings:
            reading.settings.update(settings)
            reading.replaced.update(self._settings.settings(self._source, replaced=True))
            reading.gaps.extend(self._settings.gaps)
        self._account_for_unknown(settings)
        if undecodable:
            self._name_undecodable(undecodable)
        reading.open_ends = list(self._open_ends())
        reading.open_settings = list(self._open_settings())
        reading.factory_encrypted = self._is_factory_encrypted()
        if self._probe and reading.box is not None and reading.box.product:
            value = TRUE if reading.factory_encrypted else FALSE
            note = (
                say("that the login is the key is inferred")
                if not reading.factory_encrypted
                else NOTHING
            )
            reading.settings[FACTORY_LOGIN] = Setting(
                (value,), Grade.INFERRED, self._source, place="encrypted variables", note=note
            )
        reading.gaps.extend(self._ledger.gaps())
        reading.account = self._ledger.tallies()

    def _account_for_unknown(self, settings: dict[str, Setting]) -> None:
        """Name what lines that nobody knows, or that nobody may state, leave open."""
        is_box = self._reading.states_settings or self._is_export or self._items.are_any
        for number in self._unknown if is_box else ():
            self._ledger.doubt(ALL_AREAS, _LINES, number, _UNKNOWN)
        if not self._reading.states_settings and settings:
            self._reading.notes.append(
                say_count(
                    "{count} setting is not used: the file does not say which box it is from",
                    "{count} settings are not used: the file does not say which box it is from",
                    len(settings),
                )
            )

    def _what_it_is(self) -> Message:
        """Return what a file without a single known command is."""
        if self._unknown:
            return say("line {line}: this is not a PBX configuration", line=self._unknown[0])
        return (
            say("the file holds nothing but comments")
            if self._has_comments
            else say("the file is empty")
        )

    def _name_undecodable(self, line: int) -> None:
        self._reading.gaps.append(
            Gap(
                Area.OBJECTS,
                say("line {line} is not UTF-8, so names may be misread", line=line),
                self._source,
                line,
                say("save the configuration again, without an editor that changes the encoding"),
            )
        )

    def _open_ends(self) -> Iterable[OpenEnd]:
        """Yield what keeps the file from showing by itself that all objects are there."""
        yield from self._open_start()
        if not self._reading.admin_seen:
            yield OpenEnd(NO_ADMIN, _SAVE_AGAIN)

    def _open_settings(self) -> Iterable[OpenEnd]:
        """Yield what keeps the file from showing by itself that all settings are there.

        What a box saves after its settings, variables and objects, shows that they are at an end.
        """
        yield from self._open_start()
        if not self._goes_on:
            yield OpenEnd(NOTHING_FOLLOWS, _SAVE_AGAIN)

    def _open_start(self) -> Iterable[OpenEnd]:
        if not self._is_export:
            reason = say("the first line of a whole configuration (vars check) is not there")
            yield OpenEnd(reason, _SAVE_AGAIN)
        if not self._header.product or not self._header.serial:
            yield OpenEnd(say("the header that names the box is not there"), _SAVE_AGAIN)

    def _is_factory_encrypted(self) -> bool:
        """Return whether encrypted variables open with the factory login of this device type."""
        box = self._reading.box
        if box is None or not box.product:
            return False
        key = crypt.factory_key(box.product)
        return any(_opens(key, value) for value in self._probe)


def _opens(key: bytes, value: str) -> bool:
    try:
        field = bytes.fromhex(value)
    except ValueError:
        return False
    if len(field) < _MIN_PROBE_BYTES:
        return False
    clear = crypt.decrypt(key, field)
    padded = 0 < len(clear) < len(field)
    return padded and clear.isascii() and clear.decode().isprintable()
