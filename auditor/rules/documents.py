"""Documents of rules, without their checks: enough for whoever only names controls."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from auditor.files import built_documents
from auditor.files.toml_documents import content_of, parsed
from auditor.messages.message import say
from auditor.model.rule import RuleDocument, WholeRuleDocument
from auditor.resources import rules_directory

PROFILES_FOLDER: Final = "profiles"


def rule_of(content: bytes, path: Path, *, examples: bool = False) -> RuleDocument:
    """Return the rule that the bytes of a document are. Raises RuleDocumentError.

    A document that was parsed when the package was built has its `examples` only if they are asked
    for.
    """
    built = None if examples else built_documents.without_examples(content)
    if built is not None:
        return RuleDocument.model_validate(built)
    return parsed(content, path, WholeRuleDocument)


def bundled_rules() -> Mapping[str, RuleDocument]:
    """Return the bundled rules by id. Raises RuleDocumentError if a document is wrong.

    What a catalogue checks beyond each document, such as that its check is there, is not looked at.
    """
    found = {}
    for path in sorted(rules_directory().rglob("*.toml")):
        if path.parent.name != PROFILES_FOLDER:
            rule = rule_of(content_of(path, say("the document")), path)
            found[rule.id] = rule
    return found
