"""What a rule document may say of revisions and of reach."""

from __future__ import annotations

import tomllib

import pytest
from pydantic import ValidationError

from auditor.errors import RuleDocumentError
from auditor.files.validating import validated
from auditor.files.wrong_values import UNKNOWN_KEY
from auditor.messages.message import say
from auditor.model.rule import RuleDocument
from auditor.resources import rules_directory
from auditor.rules.rule_documents import rule_of


def document(name="HD-05", **changes):
    path = next(rules_directory().rglob(f"{name}-*.toml"))
    return {**tomllib.loads(path.read_text(encoding="utf-8")), **changes}


def with_revision(revision):
    references = [{"title": "A page", "page": "wiki", "revision": revision}]
    return validated(RuleDocument, document(references=references)).references[0].revision


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("oldid=78011", "oldid=78011"),
        ({"template": "no page revision noted"}, say("no page revision noted")),
        (
            {"template": "edition {year}", "parameters": {"year": "2023"}},
            say("edition {year}", year="2023"),
        ),
    ],
)
def test_a_revision_is_a_name_or_a_message(written, said):
    found = with_revision(written)
    assert found == said
    assert type(found) is type(said)


@pytest.mark.parametrize(
    "written", [{"template": "edition {year}", "parameters": {}, "x": 1}, {}, 2023, ["edition"]]
)
def test_a_revision_that_is_neither_is_refused(written):
    with pytest.raises(ValidationError):
        with_revision(written)


@pytest.mark.parametrize(
    ("written", "said"),
    [("PBX/Config/Filter", "PBX/Config/Filter"), ({"template": "Our words"}, say("Our words"))],
)
def test_the_title_of_a_page_is_its_name_or_a_message(written, said):
    references = [{"title": written, "page": "wiki", "revision": "1"}]
    found = validated(RuleDocument, document(references=references)).references[0].title
    assert found == said
    assert type(found) is type(said)


@pytest.mark.parametrize("field", ["name", "compliant", "violated", "wanted"])
def test_reach_lacks_nothing(field):
    reach = {key: text for key, text in document()["reach"].items() if key != field}
    with pytest.raises(ValidationError):
        validated(RuleDocument, document(reach=reach))


@pytest.mark.parametrize("wanted", ["open", "", "Blocked"])
def test_reach_is_blocked_or_reachable(wanted):
    with pytest.raises(ValidationError):
        validated(RuleDocument, document(reach={**document()["reach"], "wanted": wanted}))


def test_reach_in_german_alone_is_refused():
    known = document()
    del known["reach"]
    with pytest.raises(ValidationError, match="reach"):
        validated(RuleDocument, known)
    assert validated(RuleDocument, document("HD-04")).reach is None


@pytest.mark.parametrize(
    ("written", "instead", "known"),
    [
        ("[[examples]]", "[[exampels]]", "examples"),
        ("class = ", "clas = ", "class"),
        ("iso27002 = ", "iso2702 = ", "iso27002"),
        ("wanted = ", "wantd = ", "wanted"),
        ("severity = ", "severty = ", "severity"),
    ],
)
def test_a_misspelt_key_is_told_with_the_one_that_was_meant(written, instead, known):
    path = next(rules_directory().rglob("HD-05-*.toml"))
    text = path.read_text(encoding="utf-8")
    assert written in text
    with pytest.raises(RuleDocumentError) as found:
        rule_of(text.replace(written, instead).encode(), path)
    assert UNKNOWN_KEY in found.value.message
    assert found.value.message.endswith(f"{known}?")


def test_a_document_without_examples_lacks_a_key():
    path = next(rules_directory().rglob("HD-05-*.toml"))
    text = path.read_text(encoding="utf-8")
    with pytest.raises(RuleDocumentError) as found:
        rule_of(text[: text.index("[[examples]]")].encode(), path)
    assert found.value.message.startswith("examples: ")
