"""Puts a line into the crontab of whoever asks, between two marks, and leaves the rest alone."""

from __future__ import annotations

from typing import Final

from auditor.errors import InputError
from auditor.fleet.outward.units.installing import InstallStep, call
from auditor.messages.message import say

_SHOW: Final = ("crontab", "-l")
_WRITE: Final = ("crontab", "-")
# What is said, with an error, where there is none yet.
_EMPTY: Final = "no crontab for"


def put_line(name: str, line: str, *, force: bool) -> InstallStep:
    """Put a line into the crontab. Raises InputError if another one is between the marks."""
    begin, end = f"# {name}: begin", f"# {name}: end"
    kept = call(_SHOW, nothing=_EMPTY).splitlines()
    block = [begin, line.rstrip("\n"), end]
    back = f"crontab -l | sed '/^{begin}$/,/^{end}$/d' | crontab -"
    if begin in kept and end in kept[kept.index(begin) :]:
        first = kept.index(begin)
        last = kept.index(end, first)
        if kept[first : last + 1] == block:
            return InstallStep(say("as it is to be: the crontab"))
        if not force:
            raise InputError(
                say("it has another line already"),
                where="crontab",
                advice=say("compare them, then replace it with --force"),
            )
        kept[first : last + 1] = block
    else:
        kept += block
    call(_WRITE, given="\n".join([*kept, ""]))
    return InstallStep(
        say("a line is in the crontab, between {begin} and {end}", begin=begin, end=end), back
    )
