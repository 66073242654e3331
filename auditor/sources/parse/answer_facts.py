"""Facts that answers of a PBX over WebSocket say, and why others stay open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.facts import known_facts
from auditor.facts.missing import advice
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import Gap, Setting
from auditor.model.vocabulary import Grade
from auditor.sources.parse.answer_account import AnswerAccount

NOTHING_FITS: Final[frozenset[str]] = frozenset()
ODD: Final = say("the answer is not as documented")


class AnswerFacts(AnswerAccount):
    """Sets facts of one reading, leaves them open, or in doubt."""

    def _open(self, fact: str, answer: Mapping[str, object], name: str) -> None:
        """Note that an answer does not show a fact; a field that is there, but odd, is misread.

        What is there may say anything, so no value agrees with it.
        """
        is_there = name in answer
        if is_there:
            self.count_odd(name)
        if answer.get(name) is not None:
            self._reading.possible[fact] = NOTHING_FITS
        self._reading.unanswered[fact] = (
            ODD
            if is_there
            else say("the answer does not say it, which may mean that it is not set")
        )

    def _doubt(self, fact: str, reason: Message) -> None:
        """Note that what was answered of a fact contradicts itself, or is not understood."""
        source, what = self._reading.source, advice(known_facts()[fact])
        self._reading.gaps.append(Gap(fact, reason, source, advice=what, doubtful=True))

    def _set(
        self,
        fact: str,
        values: tuple[str, ...],
        place: str,
        grade: Grade = Grade.DOCUMENTED,
        note: Message = NOTHING,
    ) -> None:
        self._reading.settings[fact] = Setting(
            values, grade, self._reading.source, place=place, note=note
        )
