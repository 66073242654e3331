"""Settings of modules, `config change MODULE … /option value`, as a dialect explains them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote_plus

from auditor.dialects import Dialect, SettingPlace
from auditor.facts import known_facts
from auditor.messages.message import NOTHING, Counted, Message, say
from auditor.model.account import Irrelevant, Unit
from auditor.model.snapshot import Gap, Setting
from auditor.model.vocabulary import Area
from auditor.sources.parse.commands import Command
from auditor.sources.parse.ledger import CUT, Ledger
from auditor.values.names import TELLING, is_near_miss

_UNCLEAR: Final = Counted(
    "{count} setting is not understood, at line {line}: {reason}",
    "{count} settings are not understood; the first, at line {line}: {reason}",
)
_SPELLING: Final = say("it looks like a name that is asked for, written in another way")
_NO_VALUE: Final = say("one of its values holds nothing that can be read")
_REMOVED: Final = say("it takes the whole module away")
_OPTION_REMOVED: Final = say("it takes an option away")
_REMOVES: Final = "rem"
_NO_OPTION: Final = say("an option of the line is not understood")
_NAMED: Final = say("it names the setting, and is not understood")
_REPLACED: Final = "\ufffd"
_MODULE_NAME: Final = re.compile(r"[A-Za-z][\w.-]*(?: [\w./-]+)*", re.ASCII)
_OPTION_NAME: Final = re.compile(r"[A-Za-z][\w.-]*\*?", re.ASCII)


class SettingLines:
    """Collects what the lines of modules say of the facts that a dialect has a place for."""

    def __init__(self, dialect: Dialect, ledger: Ledger) -> None:
        self._ledger = ledger
        self._places = tuple(dialect.line_places())
        self._modules: dict[str, dict[str, set[str]]] = {}
        for fact, _, place in self._places:
            options = self._modules.setdefault(place.module, {})
            options.setdefault(place.option, set()).add(fact)
        self._words = {name: name.split() for name in self._modules}
        self._found: dict[tuple[str, bool], list[tuple[str, int]]] = {}
        self._lacking: dict[tuple[str, bool], list[int]] = {}
        self.lines: dict[str, int] = {}
        self.gaps: list[Gap] = []

    def add(self, command: Command, verb: str, number: int) -> bool:
        """Take notice of a line, `config VERB MODULE …`; return whether no fact rests on it."""
        wanted = self._modules.get(command.module)
        if wanted is None:
            return self._overlook(command.module, number)
        self._ledger.use(Unit.LINES)
        self.lines[command.module] = number
        self._check_options(command, wanted, number)
        if verb == _REMOVES:
            self._take_away(command, wanted, number)
            return False
        for fact, is_replaced, place in self._places:
            if place.module == command.module:
                self._option((fact, is_replaced), place.said(command.texts), verb, number)
        return False

    def _take_away(self, command: Command, wanted: Mapping[str, set[str]], number: int) -> None:
        """Note which facts a line leaves open that takes a module or options of it away.

        What a PBX saves only ever sets something, so nothing says what is left.
        """
        named = {option for option, _ in command.options}
        facts = {
            fact
            for option, known in wanted.items()
            if not named or option in named
            for fact in known
        }
        self._ledger.doubt(sorted(facts), _UNCLEAR, number, _OPTION_REMOVED if named else _REMOVED)

    def _check_options(self, command: Command, wanted: Mapping[str, set[str]], number: int) -> None:
        """Note which facts are in doubt because of options or values that are not understood."""
        for option, words in command.options:
            facts = wanted.get(option)
            if facts is not None:
                if any(map(_is_unreadable, words)):
                    self._ledger.doubt(facts, _UNCLEAR, number, _NO_VALUE)
                continue
            if not _OPTION_NAME.fullmatch(option):
                every = {fact for known in wanted.values() for fact in known}
                self._ledger.doubt(sorted(every), _UNCLEAR, number, _NO_OPTION)
            self._look_alike(option, wanted, number)

    def mention(self, line: str, number: int) -> None:
        """Take notice of a line that is no command that is known: it may set what it names."""
        text = unquote_plus(line).casefold()
        for fact, _, place in self._places:
            named = len(place.option) >= TELLING and f"/{place.option.casefold()}" in text
            if named or f" {place.module.casefold()} " in f"{text} ":
                self._ledger.doubt([fact], _UNCLEAR, number, _NAMED)

    def _option(
        self, fact: tuple[str, bool], values: Sequence[str], verb: str, number: int
    ) -> None:
        """Note what a line of its module says of a fact: values, or that there is none.

        `change` states all options of the line, `add` some more.
        """
        if values:
            self._found.setdefault(fact, []).extend((value, number) for value in values)
        elif verb == "change":
            self._lacking.setdefault(fact, []).append(number)

    def _overlook(self, module: str, number: int) -> bool:
        """Pass over a module that no fact rests on, unless its name could be that of another.

        What is no name at all, in quotes for example, could be each.
        """
        is_name = _MODULE_NAME.fullmatch(module) is not None
        words = module.split()
        known = self._words.items()
        meant = [name for name, wanted in known if not is_name or _looks_like(words, wanted)]
        if not meant:
            self._ledger.pass_over(Unit.LINES, Irrelevant.OTHER_MODULE)
            return True
        self._ledger.misread(Unit.LINES, number)
        facts = [fact for name in meant for found in self._modules[name].values() for fact in found]
        self._ledger.doubt(facts, _UNCLEAR, number, _SPELLING)
        return False

    def _look_alike(self, option: str, wanted: Mapping[str, set[str]], number: int) -> None:
        for name, facts in wanted.items():
            if is_near_miss(option, name):
                self._ledger.doubt(facts, _UNCLEAR, number, _SPELLING)

    def cut(self, module: str, number: int) -> None:
        """Take notice of a line that may have been longer: none of its options counts."""
        self._ledger.misread(Unit.LINES, number)
        meant = [fact for fact, _, place in self._places if place.module.startswith(module)]
        self._ledger.doubt((Area.SETTINGS, *dict.fromkeys(meant)), _UNCLEAR, number, CUT)

    def settings(self, source: str, *, replaced: bool = False) -> dict[str, Setting]:
        """Return what the lines say, by fact; or what replaced entries of the dialect read."""
        found = {
            fact: self._setting(fact, place, source, replaced=replaced)
            for fact, is_replaced, place in self._places
            if is_replaced is replaced
        }
        return {fact: setting for fact, setting in found.items() if setting is not None}

    def _setting(
        self, fact: str, place: SettingPlace, source: str, *, replaced: bool
    ) -> Setting | None:
        """Return what the lines of a module say of a fact; None if they say nothing.

        Each line of the module counts: one without the option is a value too, or a gap.
        """
        found = self._found.get((fact, replaced), [])
        lacking = self._lacking.get((fact, replaced), []) if place.place == "option" else []
        if not found and not lacking:
            return None
        reduce = known_facts()[fact].reduce_entries
        entries = [entry for text, _ in found for entry in reduce(text, place.split)]
        words, note = place.words, NOTHING
        absent = bool(lacking) and place.absent is not None
        if lacking and place.absent is not None:
            entries.append(place.absent)
            words, note = place.words_if_absent, place.absence
        elif lacking and (found or place.absent_source) and not replaced:
            self._lack(fact, place, source, lacking[0])
        if not found and not note:
            return None
        line = found[-1][1] if found else lacking[-1]
        values = tuple(dict.fromkeys(entries))
        area = Area.SETTINGS
        return Setting(
            values, place.grade, source, line, words, note, read_with=area, absent=absent
        )

    def _lack(self, fact: str, place: SettingPlace, source: str, line: int) -> None:
        """Note that a line without its option leaves a fact open."""
        why = Message(place.absent_source) or say("what a line without it means is not documented")
        advice = say("look at the box, and attest what applies")
        self.gaps.append(
            Gap(fact, say("the option is not there: {reason}", reason=why), source, line, advice)
        )


def _is_unreadable(word: str) -> bool:
    """Return whether a value is not UTF-8, or holds nothing but blanks, or control characters."""
    text = unquote_plus(word)
    return _REPLACED in text or not text.strip() or any(ord(one) < ord(" ") for one in text)


def _looks_like(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether one word of a module's name is damaged, and all others are the same."""
    if len(words) != len(wanted):
        return False
    odd = [pair for pair in zip(words, wanted, strict=True) if pair[0] != pair[1]]
    return len(odd) == 1 and is_near_miss(*odd[0])
