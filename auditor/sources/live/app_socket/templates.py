"""Templates with their parents, page by page, counted again by the list of their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from auditor.sources.parse.answer_facts import ODD
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
            _note(reading, ODD)
            return
        is_first, following = not following, answer.get("more")
        if not isinstance(following, str | None):
            answers.count_odd("more")
            _note(reading, ODD)
            return
        if not following:
            # An answer that says nothing of more, and holds as many as fit, may be cut.
            reading.lists_templates = len(names) < TEMPLATES_AT_ONCE or not is_first
            return
        if not _goes_on(reading, (seen, names), (marks, [following])):
            return
        if not can_be_named(following):
            _note(reading, say("the last object of a page has no name to go on from"))
            return
        try:
            answer = session.ask(ADMIN_API, TEMPLATES.mt, {**TEMPLATES.fields, "more": following})
        except (RefusedError, TargetError) as error:
            session.go_on(after=error)
            _note(reading, reason_without_place(error))
            return


def _goes_on(reading: Reading, *pages: tuple[PagesSeen, Sequence[str]]) -> bool:
    """Return whether what was seen so far may go on; what has no end is no list, and contradicts.

    Names of one that goes round are some that there are, ever new names are none.
    """
    for seen, entries in pages:
        try:
            seen.add(entries)
        except RefusedError as error:
            goes_round = seen is pages[0][0] and len(reading.parents) <= MOST_OBJECTS
            reading.parents_in_part = dict(reading.parents)
            reading.damaged_lists |= set() if goes_round else {"parents_in_part"}
            reading.parents.clear()
            _note(reading, error.reason)
            return False
    return True


def count_templates(reading: Reading, names: Sequence[str | None]) -> None:
    """Keep the list of their names, which has to name the same; note where it does not."""
    reading.template_names = frozenset(name for name in names if name is not None)
    if None in names:
        reading.damaged_lists.add("template_names")
    elif (
        reading.parents or reading.lists_templates
    ) and reading.template_names != reading.parents.keys():
        _note(reading, say("{message} names other templates", message=NAMES.mt))


def _note(reading: Reading, reason: Message) -> None:
    reading.notes.append(say("{message}: {reason}", message=TEMPLATES.mt, reason=reason))
