"""A list that is one value of an option is given once: of two, the parser keeps the last.

Of any other option the last value counts, as everywhere, so that a script can add its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from typer.core import TyperCommand

from auditor.errors import InputError, OptionPlace
from auditor.messages.message import say

_LISTS: Final = (OptionPlace("--format"),)


class Once(TyperCommand):
    """A command that refuses a second list for an option that has room for one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 -- no public name
        """Parse a command line. Raises InputError for an option that stands there twice."""
        if not ctx.resilient_parsing:  # as when the shell asks how a line could go on
            _, _, named = self.make_parser(ctx).parse_args(args=list(args))
            _check(named)
        return super().parse_args(ctx, args)


def _check(named: Iterable[Any]) -> None:
    """Raise InputError for the first list that is on a command line twice."""
    for parameter, times in Counter(named).items():
        for option in _LISTS:
            if times > 1 and option in parameter.opts:
                raise InputError(
                    say("this option stands there {times} times", times=times),
                    where=option,
                    advice=say("name it once, with commas between its values"),
                )
