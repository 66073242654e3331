"""What an audit can be about: the address of a PBX, or saved evidence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from auditor.errors import InputError, SourceError
from auditor.files.kinds import other_kind, similar_file
from auditor.messages.message import Message, say
from auditor.messages.suggestions import nearest
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.site.credentials import Credentials
from auditor.sources.options import DEFAULTS, LiveOptions
from auditor.values.devices_addresses import leads_through

_LIVE: Final = ("https://", "http://")
_SCHEMES: Final = ("https", "http")
# A host, with or without a port, and nothing that could be a secret.
_HOST: Final = r"([\w-]+(?:\.[\w-]+)*)(:\d{1,5})?"
_BARE: Final = rf"{_HOST}/?"
# One after a scheme that is misspelt: of its letters, or of the colon and slashes behind them, some
# lack, stand twice or are others.
_AFTER_SCHEME: Final = rf"([A-Za-z]{{3,6}})(\.?[:;/]{{1,4}}){_HOST}(?:/[\w./-]*)?"
_EVIDENCE: Final = (".txt", ".xml", ".json", ".cfg", ".html", ".toml", ".zip")


def is_live(target: str) -> bool:
    """Return whether a target is the address of a PBX."""
    return target.lower().startswith(_LIVE)


def has_tls(target: str) -> bool:
    """Return whether a target is an address of which a handshake shows the TLS of a PBX."""
    return target.lower().startswith(_LIVE[0]) and not leads_through(target)


def is_path(target: str) -> bool:
    """Return whether a target is a file or folder that is there."""
    try:
        path = Path(target)
        return target != "" and "://" not in target and (path.is_file() or path.is_dir())
    except (OSError, ValueError):  # too long for a path, or with a NUL
        return False


def is_snapshot(target: str) -> bool:
    """Return whether a target is a saved snapshot, which says itself what it was read with."""
    from auditor.sources.saved_evidence import holds_snapshot  # noqa: PLC0415 -- no parsers for an address

    return not is_live(target) and is_path(target) and holds_snapshot(Path(target))


def shown_address(target: str) -> str:
    """Return what a report calls a target: an address, or a file without its folder."""
    return target if is_live(target) else Path(target).name


def check_form(target: str) -> None:
    """Raise InputError for what cannot be a target, before anybody is asked for credentials."""
    if is_live(target):
        from auditor.sources.live.login import parse_address  # noqa: PLC0415 -- no httpx for a file

        parse_address(target)
    elif not is_path(target):
        raise InputError(
            say("there is no such file or folder, and it is not the address of a PBX"),
            where="TARGET" if "@" in target else f"{target!r:.200}",  # may hold credentials
            advice=_meant(target),
        )


def _meant(target: str) -> Message:
    """Return what to give instead of what is not there."""
    similar = "" if "@" in target or "://" in target else similar_file(Path(target))
    meant = similar or _address(target)
    give = say("give https://host, a cfg.txt, an object export, a snapshot or a folder")
    return say("did you mean {name}? Else {give}", name=meant, give=give) if meant else give


def _address(target: str) -> str:
    """Return the address that was meant by a host without a right https://; empty if none was."""
    if found := re.fullmatch(_AFTER_SCHEME, target):
        scheme, between, host, port = found.groups(default="")
        if between == _LIVE[0][-3:] or nearest(scheme, _SCHEMES):
            return f"{_LIVE[0]}{host}{port}"
    if (found := re.fullmatch(_BARE, target)) is None:
        return ""
    host, port = found.groups(default="")
    looks_like_one = "." in host and not host.lower().endswith(_EVIDENCE)
    return f"{_LIVE[0]}{host}{port}" if port or looks_like_one else ""


def check_account(target: str, credentials: Credentials) -> None:
    """Raise InputError for a PBX that cannot be read with these, before any network traffic."""
    if is_live(target):
        from auditor.sources.live.login import check_address  # noqa: PLC0415 -- no httpx for a file

        check_address(target, credentials)


def read_target(
    target: str, site: Site, credentials: Credentials, options: LiveOptions = DEFAULTS
) -> Snapshot:
    """Return the snapshot of an address, a file or a folder. Raises AuditorError."""
    if is_live(target):
        from auditor.sources.live.live_pbx import read_live  # noqa: PLC0415 -- no httpx for a file

        return read_live(target, site, credentials, options)
    check_form(target)  # a file may be gone since it was looked at
    from auditor.sources.saved_evidence import read_files  # noqa: PLC0415 -- no parsers for an address

    path = Path(target)
    try:
        return read_files(path, site, credentials.pbx_password, options, credentials.compared)
    except SourceError as error:
        if kind := other_kind(path):
            raise SourceError(error.message, where=error.where, advice=kind) from None
        raise
