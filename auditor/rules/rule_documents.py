"""Documents of rules, without their checks: enough for whoever only names controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from auditor.files import built_documents
from auditor.files.toml_documents import bytes_of_document, parsed
from auditor.messages.message import say, text_of
from auditor.model.account import ProofKind
from auditor.model.rule import (
    Mappings,
    Profile,
    ProfileTranslation,
    Reach,
    ReachWords,
    Reference,
    Remediation,
    RuleDocument,
    Translation,
    WholeRuleDocument,
)
from auditor.model.vocabulary import (
    ActionClass,
    Automation,
    Confidence,
    Disruption,
    EvidenceGrade,
    Grade,
    Severity,
)
from auditor.resources import rules_directory

PROFILES_FOLDER: Final = "profiles"


class Rules(Mapping[str, RuleDocument]):
    """Rules by id.

    Those that were validated when the package was built are made when they are first looked at,
    since most audits select a few of many.
    """

    def __init__(self) -> None:
        self._made: dict[str, RuleDocument] = {}
        self._late: dict[str, Callable[[], RuleDocument]] = {}

    def __getitem__(self, name: str) -> RuleDocument:
        """Return a rule. Raises KeyError."""
        if name not in self._made:
            self._made[name] = self._late[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the ids in the order in which documents were read."""
        return iter(self._late)

    def __len__(self) -> int:
        """Return the number of rules."""
        return len(self._late)

    def __contains__(self, name: object) -> bool:
        """Return whether there is a rule of this id, without making it."""
        return name in self._late

    def add(self, name: str, make: Callable[[], RuleDocument]) -> None:
        """Add a rule by what makes it."""
        self._late[name] = make


def rule_of(content: bytes, path: Path) -> RuleDocument:
    """Return the rule that the bytes of a document are. Raises RuleDocumentError."""
    return parsed(content, path, WholeRuleDocument)


def built_rule(content: bytes) -> tuple[str, Callable[[], RuleDocument]] | None:
    """Return the id of a rule, and what makes it without its examples.

    None if its document is not as it was when the package was built.
    """
    built = built_documents.without_examples(content)
    return None if built is None else (built.name, partial(_trusted_rule, built))


def rule_with_origin(rule: RuleDocument) -> tuple[str, Callable[[], RuleDocument]]:
    """Return the id of a rule, and what gives it, like `built_rule`."""
    return rule.id, lambda: rule


def profile_of(content: bytes, path: Path) -> Profile:
    """Return the profile that the bytes of a document are. Raises RuleDocumentError."""
    return parsed(content, path, Profile, trusted=_trusted_profile)


def _trusted_rule(built: built_documents.StoredDocument) -> RuleDocument:
    """Return a rule that was validated when the package was built."""
    content = built.parsed()
    fix, reach, german = content["remediation"], content.get("reach"), content.get("de")
    values = {
        **content,
        "severity": Severity(content["severity"]),
        "confidence": Confidence(content["confidence"]),
        "automation": Automation(content["automation"]),
        "grade": EvidenceGrade(content["grade"]),
        "remediation": Remediation(
            **{key: value for key, value in fix.items() if key not in {"class", "disruption"}},
            action_class=ActionClass(fix["class"]),
            disruption=Disruption(fix["disruption"]),
        ),
        "controls": Mappings(**content["controls"]),
        "references": [
            Reference(
                title=text_of(one["title"]), page=one["page"], revision=text_of(one["revision"])
            )
            for one in content["references"]
        ],
    }
    if reach is not None:
        values["reach"] = Reach(**reach)
    if german is not None:
        words = german.get("reach")
        told = {} if words is None else {"reach": ReachWords(**words)}
        values["de"] = Translation(**{**german, **told})
    return RuleDocument(**values)


def _trusted_profile(content: Mapping[str, Any]) -> Profile:
    """Return a profile that was validated when the package was built."""
    values = dict(content)
    for key, kind in (("refused_grades", Grade), ("refused_proofs", ProofKind)):
        if key in content:
            values[key] = list(map(kind, content[key]))
    if "de" in content:
        values["de"] = ProfileTranslation(**content["de"])
    return Profile(**values)


def bundled_rules() -> Mapping[str, RuleDocument]:
    """Return the bundled rules by id. Raises RuleDocumentError if a document is wrong.

    What a catalogue checks beyond each document, such as that its check is there, is not looked at.
    """
    found = Rules()
    for path in sorted(rules_directory().rglob("*.toml")):
        if path.parent.name != PROFILES_FOLDER:
            content = bytes_of_document(path, say("the document"))
            name, make = built_rule(content) or rule_with_origin(rule_of(content, path))
            found.add(name, make)
    return found
