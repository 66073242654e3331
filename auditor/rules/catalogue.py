"""Reads rule documents and profiles: a check for each document, and never zero rules."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from auditor.checks import CHECKS, Check
from auditor.checks.settings import FACT
from auditor.errors import OptionPlace, RuleDocumentError, SiteFileError
from auditor.facts import known_facts
from auditor.files.toml_documents import bytes_of_document
from auditor.messages.message import Message, say
from auditor.messages.suggestions import ALL_CONTROLS, did_you_mean
from auditor.model.rule import ParameterValue, Profile, RuleDocument
from auditor.model.site_choices import ControlChoice
from auditor.model.vocabulary import Area
from auditor.resources import rules_directory
from auditor.rules.rule_documents import (
    PROFILES_FOLDER,
    Rules,
    built_rule,
    profile_of,
    rule_of,
    rule_with_origin,
)
from auditor.values.names import alike
from auditor.vulnerabilities import known_vulnerabilities, vulnerability_files

_NO_CHOICES: Final[Mapping[str, ControlChoice]] = {}
_NO_CHECKS: Final[Mapping[str, Check]] = {}


class Catalogue(NamedTuple):
    """All controls by id, all profiles by name.

    `digest` is the sha256 of their documents and of the list of vulnerabilities. `origins` names
    the folder of each control that is the user's own. `checks` are those that documents may name.
    """

    rules: Mapping[str, RuleDocument]
    profiles: Mapping[str, Profile]
    digest: str
    origins: Mapping[str, str] = {}
    checks: Mapping[str, Check] = CHECKS

    def profile(self, name: str) -> Profile:
        """Return a profile. Raises RuleDocumentError."""
        if name not in self.profiles:
            raise RuleDocumentError(
                say("there is no profile {name}", name=f"{name!r:.40}"),
                where=OptionPlace("--profile"),
                advice=did_you_mean(name, self.profiles),
            )
        return self.profiles[name]

    def controls_of(self, profile: str) -> list[str]:
        """Return the ids of a profile, and those of the user's own. Raises RuleDocumentError."""
        chosen = self.profile(profile)
        bundled = [name for name in self.rules if name not in self.origins]
        listed = (
            [name for name in bundled if name not in chosen.without and not self._is_old(name)]
            if chosen.everything
            else chosen.controls
        )
        return sorted({*listed, *self.origins})

    def select(
        self,
        profile: str,
        controls: Iterable[str] = (),
        choices: Mapping[str, ControlChoice] = _NO_CHOICES,
    ) -> list[RuleDocument]:
        """Return the named controls, or those of the profile as the site changed it.

        Raises RuleDocumentError, and SiteFileError if the site chooses a control that is not there.
        """
        for name in choices:
            if name not in self.rules:
                keys = ("controls", name)
                raise SiteFileError(
                    say("there is no such control"), advice=self.meant(name), keys=keys
                )
        wanted = set(controls)
        if not wanted:
            selected = {name for name, choice in choices.items() if choice.select}
            excluded = {name for name, choice in choices.items() if choice.exclude}
            wanted = ({*self.controls_of(profile)} | selected) - excluded
        self.check_known(wanted, OptionPlace("--control"))
        return sorted((self.rules[name] for name in wanted), key=lambda rule: rule.id)

    def _is_old(self, name: str) -> bool:
        return self.rules[name].deprecated

    def check_known(self, names: Iterable[str], where: str) -> None:
        """Raise RuleDocumentError if one of the ids is not in the catalogue."""
        for name in names:
            if name not in self.rules:
                raise RuleDocumentError(
                    say("there is no control {name}", name=f"{name!r:.40}"),
                    where=where,
                    advice=self.meant(name),
                )

    def check_overrides(self, overrides: Mapping[str, Mapping[str, ParameterValue]]) -> None:
        """Raise SiteFileError if an override names what is not there, or gives no reason."""
        for name, values in overrides.items():
            keys = ("parameters", name)
            if name not in self.rules:
                raise SiteFileError(
                    say("there is no such control"), advice=self.meant(name), keys=keys
                )
            reason = values.get("reason")
            if not isinstance(reason, str) or not reason.strip():
                advice = say('add reason = "…"')
                raise SiteFileError(say("an override needs a reason"), advice=advice, keys=keys)
            for key, value in values.items():
                if key == FACT:
                    advice = say("write a rule document of your own that names another fact")
                    place = (*keys, key)
                    raise SiteFileError(say("a control keeps its fact"), advice=advice, keys=place)
                if key != "reason":
                    _check_override(self.rules[name].params, value, (*keys, key))

    def meant(self, name: str) -> Message:
        """Return which control may have been meant, and which there are."""
        return did_you_mean(name, self.rules, all_of_them=ALL_CONTROLS)


def _check_override(
    known: Mapping[str, ParameterValue], value: ParameterValue, keys: tuple[str, ...]
) -> None:
    if keys[-1] not in known:
        meant = did_you_mean(keys[-1], known)
        raise SiteFileError(say("there is no such parameter"), advice=meant, keys=keys)
    expected = known[keys[-1]]
    is_number = isinstance(expected, float) and type(value) is int
    if type(value) is not type(expected) and not is_number:
        advice = say("give a value like {value}", value=repr(expected))
        raise SiteFileError(say("the parameter has the wrong type"), advice=advice, keys=keys)


def load_catalogue(
    folder: Path | None = None,
    *,
    own: Iterable[Path] = (),
    plugins: Mapping[str, Check] = _NO_CHECKS,
    examples: bool = False,
) -> Catalogue:
    """Return the catalogue in a folder, by default the bundled one, with the user's own documents.

    `plugins` are checks of other packages, which own documents may name too. Bundled documents have
    their `examples` only if they are asked for. Raises
    RuleDocumentError if a document is wrong, or names a check, fact or control that is not there,
    or if the list of vulnerabilities is wrong.
    """
    known_vulnerabilities()
    root = folder or rules_directory()
    found = _Documents({**CHECKS, **plugins}, examples=examples)
    found.read(root)
    if not found.rules:
        raise RuleDocumentError(say("the folder holds no rule document"), where=str(root))
    origins = {}
    for place in own:
        known, profiles = set(found.rules), len(found.profiles)
        found.read(place)
        origins.update(dict.fromkeys(sorted(set(found.rules) - known), str(place)))
        if not set(found.rules) - known and len(found.profiles) == profiles:
            raise RuleDocumentError(
                say("the folder holds no rule document"),
                where=str(place),
                advice=say("give a folder with documents like those in rules/"),
            )
    for path in vulnerability_files():
        found.digest.update(path.read_bytes())
    _check_profiles(found, root)
    return Catalogue(found.rules, found.profiles, found.digest.hexdigest(), origins, found.checks)


class _Documents:
    """Documents that were read, and the digest of them all; no name is given twice."""

    def __init__(self, checks: Mapping[str, Check], *, examples: bool) -> None:
        self.checks = checks
        self._examples = examples
        self.rules = Rules()
        self.profiles: dict[str, Profile] = {}
        self.digest = hashlib.sha256()
        self._places: dict[tuple[str, str], Path] = {}

    def read(self, root: Path) -> None:
        """Read every document below a folder. Raises RuleDocumentError."""
        for path in sorted(root.rglob("*.toml")):
            content = bytes_of_document(path, say("the document"))
            self.digest.update(content)
            if path.parent.name == PROFILES_FOLDER:
                profile = profile_of(content, path)
                self._take(
                    profile.name, path, say("the profile {name} is taken", name=profile.name)
                )
                self.profiles[profile.name] = profile
                continue
            built = None if self._examples else built_rule(content)
            name, make = built or rule_with_origin(rule_of(content, path))
            self._take(name, path, say("the id {name} is taken", name=name))
            if built is None:  # else it was checked when the package was built
                _check_names(make(), path, self.checks)
            self.rules.add(name, make)

    def _take(self, name: str, path: Path, taken: Message) -> None:
        """Note who has a name. Raises RuleDocumentError if somebody has it, or one like it."""
        other = self._places.setdefault((taken.template, alike(name)), path)
        if other != path:
            advice = say("{file} has it; choose another name", file=str(other))
            raise RuleDocumentError(taken, where=str(path), advice=advice)


def _check_names(rule: RuleDocument, path: Path, checks: Mapping[str, Check]) -> None:
    """Raise RuleDocumentError if a document names a check or fact that is not there."""
    if rule.check not in checks:
        advice = did_you_mean(rule.check, checks)
        raise RuleDocumentError(
            say("there is no check {check}", check=repr(rule.check)),
            where=str(path),
            advice=advice,
        )
    known = {*Area, *known_facts()}
    for name in (*rule.facts, *rule.complete, *rule.conditional):
        if name not in known:
            advice = did_you_mean(name, known)
            raise RuleDocumentError(
                say("there is no fact {name}", name=repr(name)), where=str(path), advice=advice
            )
    fact = rule.params.get(FACT)
    if fact is not None and fact not in {*rule.complete, *rule.conditional}:
        raise RuleDocumentError(
            say("`complete` does not name the fact {fact}", fact=str(fact)), where=str(path)
        )


def _check_profiles(found: _Documents, root: Path) -> None:
    for profile in found.profiles.values():
        unknown = sorted({*profile.controls, *profile.without} - set(found.rules))
        if unknown:
            raise RuleDocumentError(
                say(
                    "profile {name} names the control {control}, which is not there",
                    name=profile.name,
                    control=unknown[0],
                ),
                where=str(root),
            )
