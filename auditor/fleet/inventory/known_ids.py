"""Ids that somebody types, as an inventory or a history spells them."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.errors import InputError
from auditor.messages.message import say
from auditor.messages.suggestions import did_you_mean


def known_id(text: str, known: Iterable[str], where: str) -> str:
    """Return an id as it is spelt, for case tells none apart. Raises InputError."""
    ids = {one.casefold(): one for one in known}
    found = ids.get(text.casefold())
    if found is None:
        raise InputError(
            say("there is no {name}", name=f"{text!r:.70}"),
            where=where,
            advice=did_you_mean(text, list(ids.values())),
        )
    return found
