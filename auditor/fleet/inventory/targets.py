"""What the target of a PBX is, and which targets are the same PBX."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from auditor.fleet.inventory.inventory_model import InventoryTarget, TargetKind
from auditor.messages.message import Message, say
from auditor.run.target import is_live
from auditor.values.devices_addresses import box_address
from auditor.values.ip_addresses import one_host

_NO_ADDRESS: Final = say("this is not the address of a PBX")
_NEITHER: Final = say("this is neither the address of a PBX nor a path")
_ACCOUNT: Final = say("credentials do not belong into an address, where others can read them")
USE_PLACES: Final = say("name their place under `credentials`; `pbx-auditor help fleet` says how")
GIVE: Final = say("give https://host, a file, a folder, or a pattern for folders")
# An address without its scheme; a drive of Windows has a separator behind its colon.
_WITH_ACCOUNT: Final = re.compile(r"[^\\/:@]+:(?![\\/])[^\\/]*@")
# No path of a file here: what stands behind it is the name of a collector.
_BROUGHT: Final = "collector:"
_USUAL_PORTS: Final = frozenset({None, 80, 443})


class WrongTargetError(ValueError):
    """A text is no target; the reason quotes nothing of it, for it may hold an account."""

    def __init__(self, reason: Message, advice: Message) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


def target_of(text: str, folder: Path) -> InventoryTarget:
    """Return what a text means; paths are taken from a folder. Raises WrongTargetError."""
    if ("://" in text or _WITH_ACCOUNT.match(text)) and "@" in text:
        raise WrongTargetError(_ACCOUNT, USE_PLACES)
    if is_live(text):
        return InventoryTarget(TargetKind.ADDRESS, _address(text))
    if "://" in text or not text.strip():
        raise WrongTargetError(_NEITHER, GIVE)
    path = absolute(folder, text)
    if glob.has_magic(text) and not os.path.lexists(path):
        return InventoryTarget(TargetKind.PATTERN, str(path))
    return InventoryTarget(TargetKind.PATH, str(path))


def _address(text: str) -> str:
    from auditor.sources.live.login import parse_origin  # noqa: PLC0415 -- no httpx for files

    origin = parse_origin(text)
    if origin is None:
        raise WrongTargetError(_NO_ADDRESS, say("give it as https://host or https://host:port"))
    return origin


def identity_of(target: InventoryTarget) -> str:
    """Return what is equal for targets that are one: the host, or the file behind all links.

    Both schemes of a host lead to the same box. What a collector brings is never one by its name.
    """
    if target.kind is TargetKind.COLLECTOR:
        return ""
    if target.kind is not TargetKind.ADDRESS:
        return os.path.realpath(target.text)
    box = box_address(target.text)
    if box is not None:  # whichever way leads to it
        return f"passthrough/{box.hardware_id}"
    parts = urlsplit(target.text)
    host = one_host(parts.hostname or "")
    return host if parts.port in _USUAL_PORTS else f"{host}:{parts.port}"


def brought_by(collector: str) -> InventoryTarget:
    """Return the target of a PBX that a collector reads."""
    return InventoryTarget(TargetKind.COLLECTOR, f"{_BROUGHT}{collector}")


def collector_of(target: InventoryTarget) -> str:
    """Return the name of the collector that reads a PBX, empty if none does."""
    is_brought = target.kind is TargetKind.COLLECTOR
    return target.text.removeprefix(_BROUGHT) if is_brought else ""


def targets_found(target: InventoryTarget) -> list[Path]:
    """Return what a pattern finds now, in the order of the names."""
    return sorted(map(Path, glob.glob(target.text)))  # noqa: PTH207 -- it is absolute


def absolute(folder: Path, text: str) -> Path:
    """Return a path from a folder; links stay as they are, so that errors name what was written."""
    return Path(os.path.abspath(folder / text))  # noqa: PTH100


def is_there(path: Path) -> bool:
    """Return whether there is a file or folder."""
    try:
        return path.is_file() or path.is_dir()
    except (OSError, ValueError):  # too long for a path, or with a NUL
        return False
