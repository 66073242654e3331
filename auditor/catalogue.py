"""Reads rule documents and profiles: a check for each document, and never zero rules."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from auditor.checks import CHECKS
from auditor.checks.settings import FACT
from auditor.errors import RuleDocumentError, SiteFileError
from auditor.facts import known_facts
from auditor.model.base import Document
from auditor.model.rule import ParameterValue, Profile, RuleDocument
from auditor.model.vocabulary import Area
from auditor.resources import rules_directory
from auditor.vulnerabilities import known_vulnerabilities, vulnerability_files

PROFILES_FOLDER: Final = "profiles"
_Document = TypeVar("_Document", bound=Document)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All controls by id, all profiles by name.

    `digest` is the sha256 of their documents and of the list of vulnerabilities.
    """

    rules: Mapping[str, RuleDocument]
    profiles: Mapping[str, Profile]
    digest: str

    def select(self, profile: str, controls: Iterable[str] = ()) -> list[RuleDocument]:
        """Return the named controls, or all of the profile. Raises RuleDocumentError."""
        if profile not in self.profiles:
            raise RuleDocumentError(
                f"there is no profile {profile!r:.40}",
                where="--profile",
                advice=f"use one of: {', '.join(sorted(self.profiles))}",
            )
        wanted = list(dict.fromkeys(controls)) or self.profiles[profile].controls
        self.check_known(wanted, "--control")
        return sorted((self.rules[name] for name in wanted), key=lambda rule: rule.id)

    def check_known(self, names: Iterable[str], where: str) -> None:
        """Raise RuleDocumentError if one of the ids is not in the catalogue."""
        for name in names:
            if name not in self.rules:
                raise RuleDocumentError(
                    f"there is no control {name!r:.40}", where=where, advice=self._known
                )

    def check_overrides(self, overrides: Mapping[str, Mapping[str, ParameterValue]]) -> None:
        """Raise SiteFileError if an override names what is not there, or gives no reason."""
        for name, values in overrides.items():
            keys = ("parameters", name)
            if name not in self.rules:
                raise SiteFileError("there is no such control", advice=self._known, keys=keys)
            reason = values.get("reason")
            if not isinstance(reason, str) or not reason.strip():
                advice = 'add reason = "…"'
                raise SiteFileError("an override needs a reason", advice=advice, keys=keys)
            for key, value in values.items():
                if key == FACT:
                    advice = "write a rule document of your own that names another fact"
                    place = (*keys, key)
                    raise SiteFileError("a control keeps its fact", advice=advice, keys=place)
                if key != "reason":
                    _check_override(self.rules[name].params, value, (*keys, key))

    @property
    def _known(self) -> str:
        return f"known are: {', '.join(sorted(self.rules))}"


def _check_override(
    known: Mapping[str, ParameterValue], value: ParameterValue, keys: tuple[str, ...]
) -> None:
    if keys[-1] not in known:
        advice = f"known are: {', '.join(sorted(known)) or 'none'}"
        raise SiteFileError("there is no such parameter", advice=advice, keys=keys)
    expected = known[keys[-1]]
    is_number = isinstance(expected, float) and type(value) is int
    if type(value) is not type(expected) and not is_number:
        advice = f"give a value like {expected!r}"
        raise SiteFileError("the parameter has the wrong type", advice=advice, keys=keys)


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Return the catalogue in a folder, by default the bundled one.

    Raises RuleDocumentError if a document is wrong, or names a check, fact or control that is not
    there, or if the list of vulnerabilities is wrong.
    """
    known_vulnerabilities()
    root = folder or rules_directory()
    digest = hashlib.sha256()
    rules: dict[str, RuleDocument] = {}
    profiles: dict[str, Profile] = {}
    for path in sorted(root.rglob("*.toml")):
        content = path.read_bytes()
        digest.update(content)
        if path.parent.name == PROFILES_FOLDER:
            profile = _load(content, path, Profile)
            profiles[profile.name] = profile
            continue
        rule = _load(content, path, RuleDocument)
        if rule.id in rules:
            raise RuleDocumentError(f"the id {rule.id} is taken", where=str(path))
        _check_names(rule, path)
        rules[rule.id] = rule
    for path in vulnerability_files():
        digest.update(path.read_bytes())
    _check_complete(rules, profiles, root)
    return Catalogue(rules, profiles, digest.hexdigest())


def _load(content: bytes, path: Path, kind: type[_Document]) -> _Document:
    try:
        return kind.model_validate(tomllib.loads(content.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleDocumentError(f"not valid TOML: {error}", where=str(path)) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RuleDocumentError(f"{place}: {first['msg']}", where=str(path)) from None


def _check_names(rule: RuleDocument, path: Path) -> None:
    """Raise RuleDocumentError if a document names a check or fact that is not there."""
    if rule.check not in CHECKS:
        advice = f"known are: {', '.join(sorted(CHECKS))}"
        raise RuleDocumentError(f"there is no check {rule.check!r}", where=str(path), advice=advice)
    known = {*Area, *known_facts()}
    for name in (*rule.facts, *rule.complete):
        if name not in known:
            advice = f"known are: {', '.join(sorted(known))}"
            raise RuleDocumentError(f"there is no fact {name!r}", where=str(path), advice=advice)
    fact = rule.params.get(FACT)
    if fact is not None and fact not in rule.complete:
        raise RuleDocumentError(f"`complete` does not name the fact {fact}", where=str(path))


def _check_complete(
    rules: Mapping[str, RuleDocument], profiles: Mapping[str, Profile], root: Path
) -> None:
    if not rules:
        raise RuleDocumentError("the folder holds no rule document", where=str(root))
    for profile in profiles.values():
        unknown = sorted(set(profile.controls) - set(rules))
        if unknown:
            raise RuleDocumentError(
                f"profile {profile.name} names {unknown[0]}, which is not there", where=str(root)
            )
