"""What a person should know about a configuration that an update server saved.

It saves only what changed. So a file that is older than a PBX may stand without an audit says one
of two things, that nothing changed or that nobody saves it any more, and cannot say which: neither
is the PBX stale by that, nor is it certain that this is what it is tonight.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from auditor.messages.message import Message, say
from auditor.model.snapshot import Box
from auditor.sources.update_server import contradiction, device_folder, hardware_id_of


def remarks_on_saved(
    target: str, day: date, max_age: timedelta, boxes: Iterable[Box] = ()
) -> tuple[Message, ...]:
    """Return what is remarkable about what an update server saved; nothing for anything else.

    `target` is what was read, `boxes` are those that it is of.
    """
    path = Path(target)
    found = device_folder(path).generations[:1] if path.is_dir() else (path,)
    newest = next((one for one in found if hardware_id_of(one)), None)
    if newest is None:
        return ()
    try:
        saved = datetime.fromtimestamp(newest.stat().st_mtime, UTC).date()
    except (OSError, OverflowError, ValueError):
        return ()
    told = []
    if day - saved > max_age:
        told.append(
            say(
                "{name} was saved on {day}, and nothing since: nothing changed, or it is not saved "
                "any more; the update server's own state says which",
                name=newest.name,
                day=str(saved),
            )
        )
    differing = [contradiction(hardware_id_of(newest), box) for box in boxes]
    told += differing[:1] if all(differing) else []
    return tuple(told)
