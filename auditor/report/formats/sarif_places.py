"""Where SARIF says that a result is: a file of the repository, and the object or address in it.

GitHub shows an alert at its first physical location, which it needs, and takes a relative URI as
relative to the root of the repository. If the file of a result changes, it closes the alert and
opens another one. So what no file of the run shows is always in the same file: the evidence that a
snapshot was made of is not there, so the snapshot stands for it, and for a live PBX its site file.
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support

The base has no URI of its own, as SARIF allows (3.14.14): it would say where the report was made,
and differ between two checkouts of one repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from auditor.messages.message import Message, say
from auditor.report.flat_findings import Row
from auditor.report.schema import v1
from auditor.report.single_language import Telling
from auditor.report.text import visible

_BASE: Final = "%SRCROOT%"
_BASES: Final = {
    "repository": say("The root of the repository"),
    "working-directory": say("The folder that the program ran in"),
    "folder": say("The folder of the evidence"),
}

Json = dict[str, Any]


class Places:
    """The places of the results of one report, and how their messages are told."""

    def __init__(self, report: v1.Report) -> None:
        self.telling = Telling(report)
        self._results = report.results
        self._target = report.target
        self._location = report.target.location

    @property
    def target_id(self) -> str:
        """Return the PBX that the report is about."""
        return visible(self._target.id)

    @property
    def bases(self) -> Json:
        """Return what the URIs are relative to."""
        name = self._location.base if self._location else "folder"
        return {_BASE: {"description": {"text": self.telling.text(_BASES[name])}}}

    def of(self, row: Row) -> Json:
        """Return the file and line that show a row, the same in every run, and its object."""
        evidence = self._shown(row)
        location = self.whole
        if evidence is not None and (uri := self._file(evidence.source)):
            location = {"physicalLocation": _physical(uri, evidence.line)}
        elif evidence is not None:
            location["message"] = {"text": visible(self.telling.text(_seen_in(evidence)))}
        logical = [*self._object(row), *self._address()]
        return {**location, "logicalLocations": logical} if logical else location

    @property
    def whole(self) -> Json:
        """Return the place of what concerns the target as a whole."""
        uri = self._location.uri if self._location else ""
        return {"physicalLocation": _physical(_clean(uri) or _plain(self._target.id), None)}

    def _file(self, source: str) -> str:
        """Return where a document lies; a report of an earlier program says no more than a name."""
        return self._files.get(source, "") if self._location else _plain(source)

    @cached_property
    def _files(self) -> dict[str, str]:
        return {one.name: _clean(one.uri) for one in self._target.sources if one.uri}

    def _shown(self, row: Row) -> v1.Evidence | None:
        """Return the first evidence of a row that is in a document, else of another on its subject.

        What could not be decided often has no evidence; its subject stays where it was seen.
        """
        seen = row.observation
        if seen is None:
            return None
        return self._first(seen) or self._subjects.get((seen.subject_kind, seen.subject_id))

    def _first(self, seen: v1.Observation) -> v1.Evidence | None:
        named = (one for one in seen.evidence if one.source)
        known = self._documents
        return next((one for one in named if not self._location or one.source in known), None)

    @cached_property
    def _documents(self) -> frozenset[str]:
        return frozenset(one.name for one in self._target.sources)

    @cached_property
    def _subjects(self) -> dict[tuple[str, str], v1.Evidence]:
        """Where subjects were seen first, by kind and id."""
        places: dict[tuple[str, str], v1.Evidence] = {}
        for result in self._results:
            for seen in result.observations:
                found = self._first(seen)
                if found is not None:
                    places.setdefault((seen.subject_kind, seen.subject_id), found)
        return places

    def _object(self, row: Row) -> Iterator[Json]:
        seen = row.observation
        if seen is not None:
            parts = (self._target.id, seen.subject_kind, seen.subject_id)
            name = "/".join(quote(visible(part), safe=" :") for part in parts)
            yield {"name": visible(seen.subject), "fullyQualifiedName": name, "kind": "object"}

    def _address(self) -> Iterator[Json]:
        if self._location is not None and self._location.kind == "address":
            address = visible(self._target.address)
            yield {"name": address, "fullyQualifiedName": address, "kind": "resource"}


def _seen_in(evidence: v1.Evidence) -> Message:
    if not evidence.line:
        return say("Seen in {source}", source=evidence.source)
    return say("Seen in {source}, line {line}", source=evidence.source, line=evidence.line)


def _physical(uri: str, line: int | None) -> Json:
    place = {"uri": uri, "uriBaseId": _BASE}
    return {"artifactLocation": place, "region": {"startLine": line if line and line > 0 else 1}}


def _clean(uri: str) -> str:
    """Return a reference without steps up, schemes or empty parts, whoever wrote the report."""
    return _reference(unquote_to_bytes(part) for part in uri.split("/"))


def _plain(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    return _reference(part.encode("utf-8", "replace") for part in parts) or "evidence"


def _reference(parts: Iterator[bytes]) -> str:
    return "/".join(quote(part, safe="") for part in parts if part not in {b"", b".", b".."})
