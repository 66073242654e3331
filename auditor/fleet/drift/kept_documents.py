"""The documents that a judgement rests on, as they are kept beside snapshots: by their content.

They are written anew from what was understood of them, so that no comment, no place of a credential
and no login inside an address comes along, and an edit that says the same is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path, PurePath
from typing import Any, Final

from auditor import __version__
from auditor.dialects import DialectDocument, is_dialect_file, read_dialect
from auditor.errors import RuleDocumentError
from auditor.facts import FactKind, known_facts, without_login
from auditor.files.json_reading import parse_json
from auditor.files.toml_documents import bytes_of_document
from auditor.fleet.history_model import Paper, PaperKind, Versions
from auditor.messages.message import say
from auditor.model.rule import RuleDocument
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.waiver import WaiverEntry
from auditor.model.waiver_document import Waiver
from auditor.run.setup import Setup
from auditor.values.kept_by_identity import kept_by_identity
from auditor.vulnerabilities import list_digest
from auditor.waivers.waiver_file import known_rules

# So short, a digest tells one word from another, and leaves open which of many it is.
_SHORTENED: Final = 8
# What a site file says of how it is read, and of who reads: nothing is judged by it.
_LEFT_OUT: Final = {"credentials": True, "devices": True, "report": True, "waivers": True}


def papers_of(setup: Setup, snapshot: Snapshot, rules: Iterable[Path] = ()) -> tuple[Paper, ...]:
    """Return the documents that a judgement rests on, beside the snapshot.

    `rules` are folders of own controls that the site file does not name. Raises RuleDocumentError.
    """
    found = {PaperKind.SITE: site_paper(setup.site)}
    if setup.selection.waivers:
        found[PaperKind.WAIVERS] = waiver_paper(setup.selection.waivers)
    dialect = _dialect_paper(snapshot)
    if dialect is not None:
        found[PaperKind.DIALECT] = dialect
    folders = dict.fromkeys([*setup.site.rules.folders, *map(str, rules)])
    folders.update(dict.fromkeys(setup.catalogue.origins.values()))
    if folders:
        found[PaperKind.RULES] = rules_paper(map(Path, folders))
    return tuple(
        Paper(kind, hashlib.sha256(content).hexdigest(), content) for kind, content in found.items()
    )


def versions_of(setup: Setup) -> Versions:
    """Return what judges by a setup."""
    return Versions(__version__, setup.catalogue.digest, list_digest(), setup.profile_id)


@kept_by_identity(64)
def site_paper(site: Site) -> bytes:
    """Return a site file without its credentials, and without the folders that it lies in.

    Words that passwords must not be made of are no secrets, and near to some: of these, only
    whether they are the same is kept.
    """
    content = site.model_dump(mode="json", exclude=_LEFT_OUT, exclude_defaults=True)
    target, rules = content.get("target", {}), content.get("rules", {})
    if "dialect" in target:
        target["dialect"] = PurePath(target["dialect"]).name
    if "words" in target:
        target["words"] = sorted(map(_digest, target["words"]))
    if "folders" in rules:
        rules["folders"] = [PurePath(name).name for name in rules["folders"]]
    return _json(_without_logins(content))


def read_site(content: bytes) -> Site:
    """Return the site file that was kept. Raises ValueError."""
    said = parse_json(content)
    for name, entry in (said.get("facts") or {}).items():
        fact = known_facts().get(name)
        if fact is not None and fact.kind is FactKind.DATE:
            entry["value"] = date.fromisoformat(entry["value"])
    return Site.model_validate(said)


def as_kept(site: Site) -> Site:
    """Return a site file as it would be read of its paper, to compare it with one that was."""
    return read_site(site_paper(site))


def waiver_paper(entries: Iterable[WaiverEntry]) -> bytes:
    """Return waivers, each with the control that it is about and where it stood."""
    return _json(
        [
            {
                "rule": one.rule,
                "file": one.file,
                "line": one.line,
                "waiver": one.waiver.model_dump(mode="json", exclude_defaults=True),
            }
            for one in entries
        ]
    )


def read_waiver_paper(content: bytes, rules: Mapping[str, RuleDocument]) -> tuple[WaiverEntry, ...]:
    """Return the waivers that were kept, without those of controls that there are no more.

    Raises ValueError.
    """
    names = known_rules(rules)
    return tuple(
        WaiverEntry(
            _waiver(one["waiver"]),
            names[one["rule"]],
            one["file"],
            one["line"],
        )
        for one in parse_json(content)
        if one["rule"] in names
    )


def _waiver(said: dict[str, Any]) -> Waiver:
    days = {name: date.fromisoformat(said[name]) for name in ("created", "expires")}
    return Waiver.model_validate({**said, **days})


def _dialect_paper(snapshot: Snapshot) -> bytes | None:
    """Return the file of the site that evidence was read with, if it is still what it was."""
    file = snapshot.dialect_file
    if file is None or not is_dialect_file(file.path):
        return None
    path = Path(file.path)
    try:
        content = bytes_of_document(path, say("the dialect"))
        is_same = hashlib.sha256(content).hexdigest() == file.sha256
        document = read_dialect(path) if is_same else None
    except RuleDocumentError:
        return None
    return _json(document.model_dump(mode="json")) if document is not None else None


def read_dialect_paper(content: bytes) -> DialectDocument:
    """Return the dialect that was kept, without what it extends. Raises ValueError."""
    return DialectDocument.model_validate(parse_json(content))


def rules_paper(folders: Iterable[Path]) -> bytes:
    """Return the documents of folders of own controls, each folder as a list of name and text.

    Raises RuleDocumentError.
    """
    return _json([list(_documents(folder)) for folder in folders])


def _documents(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.toml")):
        text = bytes_of_document(path, say("the document")).decode("utf-8-sig", "replace")
        yield path.relative_to(folder).as_posix(), text


def unpack_rules(content: bytes, folder: Path) -> Sequence[Path]:
    """Write kept rule documents below a folder, and return the folders that they were in."""
    folders = []
    for number, documents in enumerate(parse_json(content)):
        root = folder / str(number)
        for name, text in documents:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        folders.append(root)
    return folders


def _without_logins(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON holds
    if isinstance(value, dict):
        return {name: _without_logins(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_logins(one) for one in value]
    return without_login(value) if isinstance(value, str) and "://" in value else value


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:_SHORTENED]


def _json(content: object) -> bytes:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()
