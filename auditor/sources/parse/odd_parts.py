"""Parts of objects that were said, and not as documented: no value is known to agree with those."""

from __future__ import annotations

from typing import Final

from auditor.messages.message import say_count
from auditor.sources.parse.reading import Reading

_MOST_NAMED: Final = 20


def note_odd_parts(reading: Reading) -> None:
    """Note how many objects of a reading have parts that are not as documented, and of which."""
    if not reading.odd_parts:
        return
    objects = [reading.objects[at] for at in reading.odd_parts]
    parts = sorted({part for odd in reading.odd_parts.values() for part in odd})
    reading.notes.append(
        say_count(
            "{count} object has parts that are not as documented: {name} ({parts})",
            "{count} objects have parts that are not as documented, the first is {name} ({parts})",
            len(objects),
            name=f"{objects[0].label:.80}",
            parts=", ".join(parts[:_MOST_NAMED]),
        )
    )
