"""Reads a live PBX: `box_info.xml`, then `cfg.txt`, else the object pages; never more than that."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

import httpx

from auditor.dialects import Dialect, load_dialect
from auditor.errors import LoginError, SourceError, TargetError
from auditor.model.site import Site
from auditor.model.snapshot import Box, Gap, PbxObject, Snapshot, SourceRecord
from auditor.model.vocabulary import Area
from auditor.settings import PASSWORD, USERNAME, Credentials
from auditor.sources.assemble import Batch, assemble
from auditor.sources.login import check_address, open_client
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.objects import ADMIN_OBJECT
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.xml import XmlError, parse_xml

_BOX_INFO: Final = "/CMD0/box_info.xml"
_CONFIGURATION: Final = "/cfg.txt"
_OBJECTS: Final = "/PBX0/ADMIN/mod_cmd_login.xml"
_GUID: Final = re.compile(r"[0-9a-fA-F]{1,64}")
_UNKNOWN_MODULE: Final = b"?\r\n"
_GRANT: Final = "give the account of the auditor (a viewer) the right to read it"
MAX_CONFIGURATION_BYTES: Final = 512 << 20
MAX_PAGE_BYTES: Final = 64 << 20
DEADLINE_SECONDS: Final = 1800.0


class _RefusedError(Exception):
    """The PBX answered, but not with the document; the message says how."""


@dataclass(slots=True)
class _Cut:
    """Why a body ended early, if it did."""

    reason: str = ""


def read_live(url: str, site: Site, credentials: Credentials) -> Snapshot:
    """Return the snapshot of a live PBX.

    Raises InputError for an unusable address or missing credentials, TargetError if the PBX
    cannot be reached, LoginError if it refuses the login. What it refuses beyond that is a gap.
    """
    base = check_address(url, credentials)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses with their query
    with open_client(base, site, credentials) as client:
        return _Collector(client, base, site).collect(credentials.pbx_password)


class _Collector:
    def __init__(self, client: httpx.Client, base: str, site: Site) -> None:
        self._client = client
        self._base = base
        self._site = site
        self._dialect: Dialect = load_dialect(site.target.dialect)
        self._records: list[SourceRecord] = []
        self._gaps: list[Gap] = []
        self._deadline = time.monotonic() + DEADLINE_SECONDS

    def collect(self, pbx_password: str | None) -> Snapshot:
        readings = [reading for reading in (self._box_info(), self._configuration()) if reading]
        if not any(reading.objects for reading in readings):
            readings.extend(self._object_pages())
        return assemble(Batch(readings, self._records, self._gaps), self._site, pbx_password)

    def _box_info(self) -> Reading | None:
        reading = Reading(_BOX_INFO, "box-info")
        try:
            root = parse_xml(self._page(_BOX_INFO, "box-info"))
        except (_RefusedError, XmlError) as error:
            self._gaps.append(Gap(Area.BOX, f"box_info.xml: {error}", _BOX_INFO))
            return None
        reading.box = _box(root)
        return reading

    def _configuration(self) -> Reading | None:
        cut = _Cut()
        digest = hashlib.sha256()
        size = [0]
        try:
            with self._client.stream("GET", _CONFIGURATION) as response:
                self._check(response)
                blocks = self._blocks(response, digest, size, cut)
                reading = read_configuration(blocks, _CONFIGURATION, self._dialect)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None
        except (_RefusedError, SourceError) as error:
            text = error.message if isinstance(error, SourceError) else str(error)
            self._gaps.append(
                Gap(
                    Area.REGISTRATIONS_WITHOUT_PASSWORD,
                    f"cfg.txt: {text}",
                    _CONFIGURATION,
                    advice=_GRANT,
                )
            )
            return None
        if cut.reason:
            reading.gaps.extend(
                Gap(area, f"cfg.txt ended early: {cut.reason}", _CONFIGURATION, advice="run again")
                for area in (Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS)
            )
        self._records.append(
            SourceRecord(_CONFIGURATION, "configuration", size[0], digest.hexdigest())
        )
        if reading.factory_encrypted:
            reading.notes.append("its secrets open with the factory login")
        return reading

    def _blocks(
        self, response: httpx.Response, digest: hashlib._Hash, size: list[int], cut: _Cut
    ) -> Iterator[bytes]:
        """Yield the body; an early end is noted rather than raised, to keep what was read."""
        try:
            for block in response.iter_bytes():
                digest.update(block)
                size[0] += len(block)
                if size[0] > MAX_CONFIGURATION_BYTES:
                    cut.reason = f"it is larger than {MAX_CONFIGURATION_BYTES >> 20} MiB"
                    return
                if time.monotonic() > self._deadline:
                    cut.reason = "the time for reading ran out"
                    return
                yield block
        except httpx.HTTPError as error:
            cut.reason = f"the connection broke ({type(error).__name__})"

    def _object_pages(self) -> Iterator[Reading]:
        """Yield every object from its own page, after the list of all."""
        try:
            listed = read_export(
                self._page(f"{_OBJECTS}?cmd=show&user=*", "object-list"), _OBJECTS, self._dialect
            )
        except (_RefusedError, SourceError) as error:
            text = error.message if isinstance(error, SourceError) else str(error)
            reason = f"the object list: {text}"
            self._gaps.append(Gap(Area.OBJECTS, reason, _OBJECTS, advice=_GRANT))
            return
        guids = [candidate.guid for candidate in listed.objects]
        merged = Reading(_OBJECTS, "object-show")
        for candidate, guid in zip(listed.objects, guids, strict=True):
            self._add_object(merged, candidate, guid)
        if listed.admin_guid:
            self._add_object(merged, None, listed.admin_guid)
        yield merged

    def _add_object(self, merged: Reading, candidate: PbxObject | None, guid: str) -> None:
        label = candidate.label if candidate else ADMIN_OBJECT
        if not _GUID.fullmatch(guid):
            reason = f"object {label:.80}: the list shows no guid that could be asked for"
            self._gaps.append(Gap(Area.OBJECTS, reason, _OBJECTS))
            return
        try:
            page = self._page(f"{_OBJECTS}?cmd=show&user-guid={guid}", "")
            reading = read_export(page, _OBJECTS, self._dialect)
        except (_RefusedError, SourceError) as error:
            text = error.message if isinstance(error, SourceError) else str(error)
            self._gaps.append(Gap(Area.OBJECTS, f"object {label:.80}: {text}", _OBJECTS))
            return
        merged.objects.extend(reading.objects)
        merged.secrets.extend(reading.secrets)
        merged.filters.extend(reading.filters)
        merged.settings.update(reading.settings)
        if reading.admin_seen:
            merged.admin_seen = True
            merged.admin_password = reading.admin_password
            merged.admin_key = reading.admin_key

    def _page(self, address: str, kind: str) -> bytes:
        """Return one small document and record it. Raises _RefusedError and TargetError."""
        if time.monotonic() > self._deadline:
            raise _RefusedError("the time for reading ran out")
        content = bytearray()
        answered = False
        try:
            with self._client.stream("GET", address) as response:
                answered = True
                self._check(response)
                for block in response.iter_bytes():
                    content += block
                    if len(content) > MAX_PAGE_BYTES:
                        raise _RefusedError(f"the page is larger than {MAX_PAGE_BYTES >> 20} MiB")
        except httpx.HTTPError as error:
            if answered or not isinstance(error, httpx.TransportError):
                raise _RefusedError(f"the answer is damaged ({type(error).__name__})") from None
            raise self._unreachable(error) from None
        if content[: len(_UNKNOWN_MODULE)] == _UNKNOWN_MODULE:
            raise _RefusedError("the PBX has no such module")
        if kind:
            digest = hashlib.sha256(content).hexdigest()
            self._records.append(SourceRecord(address, kind, len(content), digest))
        return bytes(content)

    def _check(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise LoginError(
                "the PBX refuses the login",
                where=self._base,
                advice=f"check {USERNAME} and {PASSWORD}; a viewer account is enough",
            )
        if response.is_redirect:
            raise _RefusedError("the PBX redirects elsewhere, which is not followed")
        if response.status_code != httpx.codes.OK:
            raise _RefusedError(f"the PBX answers {response.status_code}")

    def _unreachable(self, error: httpx.HTTPError) -> TargetError:
        return TargetError(
            f"the PBX cannot be reached ({type(error).__name__})",
            where=self._base,
            advice="check the address, the network and whether the PBX is up",
        )


def _box(root: Element) -> Box:
    """Return the box from `box_info.xml`: `sys/@version` is `<label>[<build>]…` (wire facts)."""
    for child in root:
        if child.tag == "sys":
            version = child.get("version", "")
            label = version.partition("[")[0].strip()
            product = label.split()[-1] if label else ""
            firmware = label.removesuffix(product).strip()
            return Box("", product, firmware, child.get("serial", ""))
    return Box(serial=root.get("serial", ""))
