"""Options that take one value take it once: of two, the parser would silently keep the last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand

from auditor.errors import InputError
from auditor.messages.message import say


class Once(TyperCommand):
    """A command that refuses a second value for an option that has room for one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 -- no public name
        """Parse a command line. Raises InputError for an option that stands there twice."""
        if not ctx.resilient_parsing:  # as when the shell asks how a line could go on
            _, _, named = self.make_parser(ctx).parse_args(args=list(args))
            _check(named)
        return super().parse_args(ctx, args)


def _check(named: Iterable[Any]) -> None:
    """Raise InputError for the first of the parameters of a command line that is there twice."""
    for parameter, times in Counter(named).items():
        is_option = parameter.param_type_name == "option"
        if times > 1 and is_option and not (parameter.multiple or parameter.is_flag):
            raise InputError(
                say("this option stands there {times} times, and takes one value", times=times),
                where=max(parameter.opts, key=len),
                advice=say(
                    "name it once; several values of one option have commas between them, where"
                    " its help says so"
                ),
            )
