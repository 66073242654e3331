"""What a PBX said over WebSocket, and is not believed: another PBX did, or it said two things."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from auditor.messages.message import say
from auditor.sources.live.app_socket.hot_desk_objects import OBJECT_ANSWER, doubt_object
from auditor.sources.live.app_socket.lists_by_type import TypeList
from auditor.sources.live.app_socket.received_messages import ROW_ANSWER
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.reading import Reading

_OTHER_BOX: Final = say("another PBX than the one at this address answers, so it is not used")


def disbelieve(reading: Reading, facts: Collection[str]) -> None:
    """Take back what another PBX said, at whichever socket of the address: facts are open."""
    reading.settings.clear()
    reading.parents.clear()
    reading.lists_templates = False
    reading.parents_in_part.clear()
    reading.template_names = None
    reading.partly_named.clear()
    reading.possible.clear()
    reading.implied.clear()
    reading.disputed_templates.clear()
    reading.filter_names = None
    reading.disputed_filters.clear()
    reading.told_firmware.clear()
    reading.gaps.clear()
    reading.unanswered = dict.fromkeys(facts, _OTHER_BOX)
    reading.remedies.clear()


def reconsider(
    again: Sequence[Mapping[str, Any]],
    answers: AnswerReader,
    reading: Reading,
    lists: Sequence[TypeList],
    objects: Reading | None,
) -> None:
    """Take back what was answered twice, and differently.

    `again` are the second answers, `lists` what was asked for by type, `objects` the reading that
    shows the objects.
    """
    by_type = {f"{one.question.mt}Result": one for one in lists}
    for answer in again:
        mt = answer["mt"]
        if mt in by_type:  # what it lists in two states has neither
            by_type[mt].read(answers, reading, answer)
        elif mt == OBJECT_ANSWER and objects is not None:
            doubt_object(objects, answer, reading)
        elif mt == ROW_ANSWER and not _is_of_known(answer["columns"], objects, reading):
            answers.doubt_rows()
        answers.contradict(answer)


def _is_of_known(columns: object, objects: Reading | None, reading: Reading) -> bool:
    """Return whether a row is of an object that is shown, which is in doubt then."""
    return (
        objects is not None
        and isinstance(columns, dict)
        and doubt_object(objects, columns, reading)
    )
