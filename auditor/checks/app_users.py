"""Who has the rights of an app without being one: up to 13r2, each user who may use it.

Source: SDK, migration 13r2 to 13r3. Until then a login as a user had all interfaces that the App
object has; since 13r3 few, limited to that user.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from auditor.checks.support.grouped_observations import names
from auditor.checks.support.observe import about, undetermined, violated
from auditor.messages.message import Message, say, say_count
from auditor.model.result import Evidence, Fix, Observation
from auditor.model.snapshot import USER_KINDS, PbxObject
from auditor.pbx.effective_values import effective_value
from auditor.pbx.view import AuditView
from auditor.values.firmware_labels import train_of

_APPS: Final = "apps"
_APP: Final = "app"
# The first train in which a user of an app does not have its rights.
_SEPARATE: Final = (13, 3)
_BY_HAND: Final = say("only people know who needs the app, and when the firmware can be updated")
_NO_TRAIN: Final = say(
    "users may use this app, and up to 13r2 they have its rights: no source shows the train"
)


def rights_by_firmware(view: AuditView, app: PbxObject) -> Iterator[Observation]:
    """Yield that users have the rights of a listed app by the firmware, or that it is open.

    Those whom the site file names as administrators may have them.
    """
    trains = [train_of(box.firmware) for box in view.snapshot.boxes]
    known = [train for train in trains if train is not None]
    if trains and all(train is not None and train >= _SEPARATE for train in trains):
        return
    having, hidden = _who(view, app)
    if having and (not known or len(known) < len(trains) or max(known) >= _SEPARATE):
        yield undetermined(about(app, _APP), _APPS, _NO_TRAIN, _evidence(view, having))
    elif having:
        detail = say_count(
            "{count} user may use it, and with this firmware has its rights: {names}",
            "{count} users may use it, and with this firmware have its rights: {names}",
            count=len(having),
            names=names(having),
        )
        current = say_count("{count} user", "{count} users", count=len(having))
        wanted = say("none but administrators, or firmware from 13r3 on")
        fix = Fix(_APPS, current, wanted, by_hand=_BY_HAND)
        yield violated(about(app, _APP), _APPS, detail, _evidence(view, having), fix)
    elif hidden:
        yield undetermined(about(app, _APP), _APPS, _hidden(hidden), _evidence(view, hidden))


def _who(view: AuditView, app: PbxObject) -> tuple[list[PbxObject], list[PbxObject]]:
    """Return the users who may use an app, and those of whom that is open."""
    wanted = {app.h323.casefold(), app.cn.casefold()} - {""}
    admins = {name.casefold() for name in view.site.lists.admins}
    having, hidden = [], []
    for member in view.snapshot.objects:
        if member.kind not in USER_KINDS or member.h323.casefold() in admins:
            continue
        found = effective_value(view, member, _APPS)
        ticked = {name.strip().casefold() for name in (found.value or "").split(",")}
        if not wanted.isdisjoint(ticked):
            having.append(member)
        elif found.problem:
            hidden.append(member)
    return having, hidden


def _hidden(members: Sequence[PbxObject]) -> Message:
    return say_count(
        "up to 13r2 users have the rights of their apps; which {count} user has is open: {names}",
        "up to 13r2 users have the rights of their apps; which {count} users have is open: {names}",
        count=len(members),
        names=names(members),
    )


def _evidence(view: AuditView, members: Sequence[PbxObject]) -> list[Evidence]:
    return [one for member in members[:3] for one in effective_value(view, member, _APPS).evidence]
