"""Where a list that comes in pages goes round in circles: it has no end, and so is no list.

What was seen is compared with all pages before, for a circle may have any length; and the number of
entries is bounded, for there may be ever new ones. Source: SDK 13r3, PbxAdminApi; its own guard is
that a name to go on from does not come back.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Final

from auditor.messages.message import say
from auditor.sources.live.refusals import RefusedError

REPEATS: Final = say("its pages repeat for ever")
# Stands for a page without entries where more follow.
_NOTHING: Final = object()


class PagesSeen:
    """The entries of all pages so far, by what identifies each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: set[Hashable] = set()
        self._count = 0

    def add(self, entries: Collection[Hashable], *, overlapping: bool = False) -> None:
        """Take a page after which others may come.

        Where pages may be `overlapping`, one has to show nothing new at all to be a repetition;
        else one entry that came before is enough. Raises RefusedError for a repetition, and for
        more than may be.
        """
        page = {*entries} or {_NOTHING}
        known = self._seen & page
        if known and (not overlapping or len(known) == len(page)):
            raise RefusedError(REPEATS)
        self._seen |= page
        self._count += max(1, len(entries))
        if self._count > self._most:
            raise RefusedError(say("there are more than {count}", count=self._most))
