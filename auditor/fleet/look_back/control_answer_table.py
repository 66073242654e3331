"""What a control comes to for each PBX, as a table for people and for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.control_query import ToldAnswer
from auditor.fleet.look_back.fleet_labels import COLOURS_OF_ANSWERS, STANDINGS, fleet_word
from auditor.fleet.look_back.text_table import MOST_REMARKS, TextColumn, TextTable, lines
from auditor.messages.message import joined, say, say_count, template
from auditor.report.formats import csv
from auditor.report.formats.terminal_style import Look
from auditor.report.translation import dated

_MOST_NAMES: Final = 3
_LEAST: Final = 10
_COUNTED: Final[Mapping[v1.AnswerWord, str]] = {
    "failed": template("{count} would fail"),
    "undecided": template("{count} could not be decided"),
    "no-snapshot": template("{count} without a snapshot"),
    "waived": template("{count} accepted"),
    "passed": template("{count} pass"),
    "not-applicable": template("{count} not applicable"),
}
_CSV: Final = ("pbx", "tenant", "control", "answer", "run", "day", "violated", "reason")


def render(asked: v1.Asked, told: Sequence[ToldAnswer], look: Look) -> str:
    """Return a line for each PBX; why something could not be decided is said below."""
    shown = [
        *look.wrap(look.say("{control}, {day}", control=asked.control, day=asked.at.isoformat())),
        "",
        *lines(_table(told), look),
        "",
        *look.wrap(look.text(_summary(told))),
    ]
    reasons = [
        say("{pbx}: {text}", pbx=one.answer.pbx, text=one.reason) for one in told if one.reason
    ]
    for text in reasons[:MOST_REMARKS]:
        shown += look.wrap(look.text(text), rest="  ")
    if reasons[MOST_REMARKS:]:
        left = len(reasons) - MOST_REMARKS
        shown.append(look.say("and {count} more: --format json has all of them", count=left))
    return "\n".join(shown) + "\n"


def render_csv(asked: v1.Asked) -> str:
    """Return a line for each PBX."""
    return csv.written(_CSV, (_cells(asked.control, one) for one in asked.answers), end="\n")


def _summary(told: Sequence[ToldAnswer]) -> str:
    counts: list[str] = [
        say(text, count=number)
        for answer, text in _COUNTED.items()
        if (number := sum(one.answer.answer == answer for one in told))
    ]
    pbxs = say_count("{count} PBX", "{count} PBXs", len(told))
    if not counts:
        return pbxs
    return say("{pbxs}: {states}", pbxs=pbxs, states=joined("{one}, {other}", counts))


def _table(told: Sequence[ToldAnswer]) -> TextTable:
    columns = [
        TextColumn(say("PBX"), _LEAST),
        TextColumn(say("Tenant"), _LEAST),
        TextColumn(
            say("Answer"), meaning=lambda row: COLOURS_OF_ANSWERS.get(told[row].answer.answer, "")
        ),
        TextColumn(say("Snapshot")),
        TextColumn(say("What"), _LEAST),
    ]
    return TextTable(columns, [_row(one.answer) for one in told])


def _row(answer: v1.Answer) -> tuple[str, ...]:
    named = answer.violated[:_MOST_NAMES]
    what = joined("{one}, {other}", named)
    if len(answer.violated) > len(named):
        more = len(answer.violated) - len(named)
        what = say("{names} and {count} more", names=what, count=more)
    day = dated(answer.audit.day.isoformat()) if answer.audit is not None else "-"
    return answer.pbx, answer.tenant, fleet_word(STANDINGS, answer.answer), day, what


def _cells(control: str, one: v1.Answer) -> list[str]:
    return [
        one.pbx,
        one.tenant,
        control,
        one.answer,
        str(one.audit.run) if one.audit is not None else "",
        one.audit.day.isoformat() if one.audit is not None else "",
        "; ".join(one.violated),
        one.reason,
    ]
