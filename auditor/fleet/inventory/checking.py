"""Everything about an inventory that can be found without network, before a night begins.

What a run would refuse is refused here, by the same code: each site file is prepared as an audit
would, with its waivers, rules, dialect and profile. No secret is read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import AuditorError, InventoryError, LinePlace, SourceError
from auditor.files.folders import changeable_by_others
from auditor.fleet.inventory.credential_places import (
    PASSWORD_KEY,
    resolved,
    resolved_app,
    resolved_devices,
    wrong_place,
    wrong_places,
)
from auditor.fleet.inventory.inventory_model import Inventory, Pbx, TargetKind
from auditor.fleet.inventory.inventory_reader import (
    Examined,
    Layered,
    examine,
    is_collected,
    is_read_live,
)
from auditor.fleet.inventory.policy_documents import Papers
from auditor.fleet.inventory.targets import is_there, targets_found
from auditor.messages.message import Message, say, say_count
from auditor.site.credentials import DEVICES_PASSWORD, PASSWORD, USERNAME
from auditor.sources.folder import list_folder
from auditor.values.devices_addresses import leads_through

_NO_TARGET: Final = say("there is no such file or folder")
_CHECK_PATH: Final = say("check the path; it is taken from the folder of the file it stands in")


class Remark(NamedTuple):
    """Something that is no error, but that somebody may want to know: where, and what."""

    where: str
    text: Message


class InventoryCheck(NamedTuple):
    """What a check found: every error, and remarks."""

    inventory: Inventory
    errors: tuple[AuditorError, ...]
    remarks: tuple[Remark, ...]


class _Findings:
    """Errors and remarks in the order in which they were found, each once."""

    def __init__(self) -> None:
        self.errors: dict[tuple[str, str], AuditorError] = {}
        self.remarks: dict[Remark, None] = {}

    def error(self, *errors: AuditorError) -> None:
        """Note errors."""
        for one in errors:
            self.errors.setdefault((one.where, one.message), one)

    def wrong(self, where: str, reason: Message, advice: Message) -> None:
        """Note that something in a file of the inventory is wrong."""
        self.error(InventoryError(reason, where=where, advice=advice))

    def remark(self, where: str, text: Message) -> None:
        """Note a remark."""
        self.remarks.setdefault(Remark(where, text))


def check_inventory(path: Path, today: date) -> InventoryCheck:
    """Return everything that is wrong with an inventory and with what it names.

    Raises InventoryError if the inventory itself is no TOML that can be read.
    """
    examined = examine(path)
    found = _Findings()
    found.error(*examined.problems)
    _check_whole(examined, found)
    _check_credentials(examined, found)
    _check_recipients(examined, found)
    _check_collecting(examined, found)
    papers = Papers(today)
    for pbx in examined.inventory.pbxs:
        _check_target(pbx, examined.where(pbx, "target"), found)
        found.error(*papers.problems(pbx, examined))
    _check_account(examined, papers, found)
    return InventoryCheck(
        examined.inventory, _in_order(found.errors.values()), tuple(found.remarks)
    )


def _in_order(errors: Iterable[AuditorError]) -> tuple[AuditorError, ...]:
    """Return errors by file, the inventory first, and in each by line."""
    placed = [(*_file_and_line(one.where), one) for one in errors]
    files = list(dict.fromkeys(file for file, _, _ in placed))
    placed.sort(key=lambda one: (files.index(one[0]), one[1]))
    return tuple(one for _, _, one in placed)


def _file_and_line(where: str) -> tuple[str, int]:
    """Return where an error is; one that is about a whole file comes before its lines."""
    return (where.file, where.line) if isinstance(where, LinePlace) else (where, 0)


def _check_whole(examined: Examined, found: _Findings) -> None:
    inventory = examined.inventory
    fleet, where = inventory.fleet, str(inventory.path)
    if fleet.history_env and not os.environ.get(fleet.history_env):
        text = say("the variable {name} is not set here", name=fleet.history_env)
        found.remark(where, say("history_env: {text}", text=text))
    if is_there(fleet.reports) and not fleet.reports.is_dir():
        found.wrong(where, say("`reports` is no folder"), say("name a folder"))
    if fleet.history is not None and is_there(fleet.history) and fleet.history.is_dir():
        found.wrong(where, say("`history` is a folder"), say("name a file"))
    if changeable := _changeable(inventory.path):
        text = say(
            "other users can change the inventory, which names programs, by {place}",
            place=changeable,
        )
        found.remark(where, text)
    for place in examined.idle:
        found.remark(place, say("the tenant has no PBX"))
    for pbx in filter(examined.is_whole, inventory.pbxs):
        if fleet.every is not None and pbx.max_age < fleet.every:
            text = say("`max_age` is shorter than `every`, so it is stale before each run")
            found.remark(examined.where(pbx, "max_age"), text)


def _changeable(path: Path) -> str:
    try:
        return str(changeable_by_others(path) or "")
    except OSError:
        return ""


def _check_target(pbx: Pbx, where: str, found: _Findings) -> None:
    """Look at saved evidence: what is not there is wrong; what is empty may come tonight."""
    if is_read_live(pbx) or is_collected(pbx):
        return
    path = Path(pbx.target.text)
    if pbx.target.kind is TargetKind.PATTERN:
        _check_pattern(pbx, where, found)
    elif not is_there(path):
        found.wrong(where, say("target: {reason}", reason=_NO_TARGET), _CHECK_PATH)
    elif not os.access(path, os.R_OK):
        reason = say("it cannot be read")
        found.wrong(where, say("target: {reason}", reason=reason), say("check its permissions"))
    else:
        _check_empty([path], where, found)


def _check_pattern(pbx: Pbx, where: str, found: _Findings) -> None:
    paths = targets_found(pbx.target)
    if paths:
        _check_empty(paths, where, found)
    else:
        found.remark(where, say("target: the pattern finds nothing now"))


def _check_empty(paths: Iterable[Path], where: str, found: _Findings) -> None:
    """Note that there is no evidence at all in what is there."""
    try:
        if not any(map(_holds_evidence, paths)):
            found.remark(where, say("target: there is no evidence in it now"))
    except SourceError as error:
        found.wrong(where, say("target: {reason}", reason=error.message), error.advice)


def _holds_evidence(path: Path) -> bool:
    if not is_there(path):  # a link that leads nowhere
        return False
    return bool(list_folder(path).files) if path.is_dir() else path.stat().st_size > 0


def _check_credentials(examined: Examined, found: _Findings) -> None:
    for level in _levels(examined):
        for table, key, reason, advice, is_certain in _wrong(level):
            where = level.where(table, key)
            text = say("{key}: {reason}", key=key, reason=reason)
            if is_certain:
                found.wrong(where, text, advice)
            else:
                found.remark(where, text)


def _wrong(level: Layered) -> Iterator[tuple[str, str, Message, Message, bool]]:
    """Yield what is wrong with places of secrets: table and key, and as `wrong_places` does."""
    said, folder = level.values, level.folder
    if said.credentials is not None:
        for one in wrong_places(resolved(said.credentials, folder)):
            yield "credentials", *one
    if said.devices is not None:
        for one in wrong_place(PASSWORD_KEY, resolved_devices(said.devices, folder).place):
            yield "devices", *one
    if said.websocket is not None:
        for one in wrong_place(PASSWORD_KEY, resolved_app(said.websocket, folder).place):
            yield "websocket", *one


def _check_recipients(examined: Examined, found: _Findings) -> None:
    """Look at what can be seen of recipients without asking anybody."""
    audited = {pbx.tenant for pbx in examined.inventory.pbxs}
    for block, one in examined.recipients:
        for secret, place in one.places.items():
            for key, reason, advice, is_certain in wrong_place(secret, place):
                text = say("{key}: {reason}", key=key, reason=reason)
                if is_certain:
                    found.wrong(block.where(key), text, advice)
                else:
                    found.remark(block.where(key), text)
        if one.ca_file is not None and not os.access(one.ca_file, os.R_OK):
            text = say("{key}: {reason}", key="ca_file", reason=say("it cannot be read"))
            found.wrong(block.where("ca_file"), text, say("check its permissions"))
        if one.command and not shutil.which(one.command[0]):
            text = say("{key}: {reason}", key="command", reason=say("there is no such program"))
            found.remark(block.where("command"), text)
        if not audited.intersection(one.tenants):
            found.remark(block.where("tenants"), say("the recipient has no PBX"))


def _check_collecting(examined: Examined, found: _Findings) -> None:
    """Look at where what a collector needs is said to be found."""
    collecting = examined.inventory.collecting
    if collecting is None:
        return
    where = examined.inventory.path
    for secret, place in (("key", collecting.key), ("token", collecting.token)):
        for key, reason, advice, is_certain in wrong_place(secret, place):
            text = say("{key}: {reason}", key=f"collector.{key}", reason=reason)
            if is_certain:
                found.wrong(str(where), text, advice)
            else:
                found.remark(str(where), text)


def _levels(examined: Examined) -> Iterator[Layered]:
    """Yield each level that a PBX has, once."""
    seen: dict[str, Layered] = {}
    for levels in examined.levels.values():
        for one in levels:
            seen.setdefault(one.where(), one)
    yield from seen.values()


def _check_account(examined: Examined, papers: Papers, found: _Findings) -> None:
    """Note live PBXs for which nobody says an account, or the login at Devices."""
    live = list(filter(is_read_live, filter(examined.is_whole, examined.inventory.pbxs)))
    without = [one for one in live if not papers.names_account(one)]
    through = [one for one in without if leads_through(one.target.text)]
    if through and not os.environ.get(DEVICES_PASSWORD):
        text = say_count(
            "{count} PBX behind Devices has no login there: no `devices` count for it, and {name} "
            "is not set",
            "{count} PBXs behind Devices have no login there: no `devices` count for them, and "
            "{name} is not set",
            len(through),
            name=DEVICES_PASSWORD,
        )
        found.remark(examined.where(through[0], "target"), text)
    without = [one for one in without if one not in through]
    if without and not (os.environ.get(USERNAME) and os.environ.get(PASSWORD)):
        text = say_count(
            "{count} PBX has no account: no `credentials` count for it, and {name} is not set",
            "{count} PBXs have no account: no `credentials` count for them, and {name} is not set",
            len(without),
            name=USERNAME,
        )
        found.remark(examined.where(without[0], "target"), text)
