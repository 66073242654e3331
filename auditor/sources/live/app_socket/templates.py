"""Templates with their parents, page by page, counted again by the list of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor.errors import TargetError
from auditor.messages.message import Message, say
from auditor.sources.live.app_socket.allowed_messages import (
    ADMIN_API,
    TEMPLATES_AT_ONCE,
    can_be_named,
)
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.app_socket.names_of_objects import MOST_OBJECTS
from auditor.sources.live.app_socket.questions import SocketQuestion
from auditor.sources.live.object_pages import reason_without_place
from auditor.sources.live.pages_seen import PagesSeen
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.reading import Reading

TEMPLATES: Final = SocketQuestion("GetConfigObjects", ADMIN_API, {"limit": TEMPLATES_AT_ONCE})
NAMES: Final = SocketQuestion("GetConfigs", ADMIN_API)


def read_templates(
    session: LoginSession, reading: Reading, answers: AnswerReader, answer: Mapping[str, Any]
) -> None:
    """Read what follows the first page, and say whether they were all."""
    seen, marks = PagesSeen(MOST_OBJECTS), PagesSeen(MOST_OBJECTS)
    following: object = None
    while True:
        names = answers.templates(answer)
        if names is None:
            return
        is_first, following = not following, answer.get("more")
        if not isinstance(following, str) or not following:
            # An answer that says nothing of more, and holds as many as fit, may be cut.
            reading.lists_templates = len(names) < TEMPLATES_AT_ONCE or not is_first
            return
        goes_round = True
        try:
            seen.add(names)
            goes_round = False
            marks.add([following])
        except RefusedError as error:
            # A circle is no list, so what it named only contradicts; ever new names are none.
            goes_round = goes_round and len(reading.parents) <= MOST_OBJECTS
            reading.parents_in_part = dict(reading.parents) if goes_round else {}
            reading.parents.clear()
            _note(reading, error.reason)
            return
        if not can_be_named(following):
            _note(reading, say("the last object of a page has no name to go on from"))
            return
        try:
            answer = session.ask(ADMIN_API, TEMPLATES.mt, {**TEMPLATES.fields, "more": following})
        except (RefusedError, TargetError) as error:
            _note(reading, reason_without_place(error))
            return


def count_templates(reading: Reading, names: list[str]) -> None:
    """Keep the list of their names, which has to name the same; note where it does not."""
    reading.template_names = frozenset(names)
    if reading.parents and reading.template_names != reading.parents.keys():
        _note(reading, say("{message} names other templates", message=NAMES.mt))


def _note(reading: Reading, reason: Message) -> None:
    reading.notes.append(say("{message}: {reason}", message=TEMPLATES.mt, reason=reason))
