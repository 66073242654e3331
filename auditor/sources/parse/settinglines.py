"""Settings of modules, `config change MODULE … /option value`, as a dialect explains them."""

from __future__ import annotations

from typing import Final

from auditor.dialects import Dialect, SettingPlace
from auditor.facts import known_facts
from auditor.model.account import Irrelevant, Unit
from auditor.model.snapshot import Setting
from auditor.model.vocabulary import Area
from auditor.sources.parse.commands import Command, is_near_miss
from auditor.sources.parse.ledger import Ledger

_UNCLEAR: Final = "settings that are not understood"
_SPELLING: Final = "it looks like a name that is asked for, written in another way"
_NOT_TEXT: Final = "it is not UTF-8, so its values may be misread"
_REPLACED: Final = "\ufffd"


class SettingLines:
    """Collects what the lines of modules say of the facts that a dialect has a place for."""

    def __init__(self, dialect: Dialect, ledger: Ledger) -> None:
        self._ledger = ledger
        self._places = tuple(dialect.line_places())
        self._modules: dict[str, dict[str, set[str]]] = {}
        for fact, _, place in self._places:
            options = self._modules.setdefault(place.module, {})
            options.setdefault(place.option, set()).add(fact)
        self._found: dict[tuple[str, bool], list[tuple[str, int]]] = {}
        self.lines: dict[str, int] = {}

    def add(self, command: Command, number: int) -> None:
        """Take notice of one line of a module."""
        wanted = self._modules.get(command.module)
        if wanted is None:
            self._overlook(command.module, number)
            return
        self._ledger.use(Unit.LINES)
        self.lines[command.module] = number
        for option, words in command.options:
            facts = wanted.get(option)
            if facts is None:
                self._look_alike(option, wanted, number)
            elif any(_REPLACED in word for word in words):
                self._ledger.doubt(facts, _UNCLEAR, number, _NOT_TEXT)
        for fact, is_replaced, place in self._places:
            if place.module == command.module:
                for value in place.said(command.texts):
                    self._found.setdefault((fact, is_replaced), []).append((value, number))

    def _overlook(self, module: str, number: int) -> None:
        """Pass over a module that no fact rests on, unless its name could be that of another."""
        meant = [name for name in self._modules if _looks_like(module, name)]
        if not meant:
            self._ledger.pass_over(Unit.LINES, Irrelevant.OTHER_MODULE)
            return
        self._ledger.misread(Unit.LINES, number)
        facts = [fact for name in meant for found in self._modules[name].values() for fact in found]
        self._ledger.doubt(facts, _UNCLEAR, number, _SPELLING)

    def _look_alike(self, option: str, wanted: dict[str, set[str]], number: int) -> None:
        for name, facts in wanted.items():
            if is_near_miss(option, name):
                self._ledger.doubt(facts, _UNCLEAR, number, _SPELLING)

    def cut(self, number: int, reason: str) -> None:
        """Take notice of a line that may have been longer: none of its options counts."""
        self._ledger.misread(Unit.LINES, number)
        self._ledger.doubt((Area.SETTINGS,), _UNCLEAR, number, reason)

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
        """Return what the lines of a module say of a fact; None if they say nothing."""
        if found := self._found.get((fact, replaced)):
            reduce = known_facts()[fact].reduce
            entries = [entry for text, _ in found for entry in place.split(text)]
            values = tuple(dict.fromkeys(map(reduce, entries)))
            return Setting(values, place.grade, source, found[-1][1], place.words)
        line = self.lines.get(place.module)
        if line is None or place.absent is None:
            return None
        return Setting((place.absent,), place.grade, source, line, place.words, place.absence)


def _looks_like(module: str, wanted: str) -> bool:
    """Return whether one word of a module's name is damaged, and all others are the same."""
    one, other = module.split(), wanted.split()
    if len(one) != len(other):
        return False
    odd = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return len(odd) == 1 and is_near_miss(*odd[0])
