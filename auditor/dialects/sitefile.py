"""The dialect that a file of the site is: worth no more than what was learned, and visible.

A file has no proof of what is documented or published, so its grades are capped. Where it names
another place for a fact than the dialect that it extends, both are read (`auditor.sources`), and
the report says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from auditor.dialects.bundled import bundled, dialect_names, is_taken
from auditor.dialects.document import (
    Dialect,
    DialectDocument,
    content_of_dialect,
    merged,
    parsed_dialect,
)
from auditor.errors import LinePlace, RuleDocumentError
from auditor.files.toml_lines import line_of
from auditor.files.wrong_values import at_key
from auditor.messages.message import say
from auditor.model.origin import DialectFile
from auditor.model.vocabulary import Grade
from auditor.values.names import alike

FILTER_ROWS: Final = "filter_rows"
TEMPLATE_PARENTS: Final = "template_parents"
# A file can tell what was learned, and what is inferred; of surer grades it has no proof.
_CAPPED: Final = frozenset({Grade.DOCUMENTED, Grade.SEEN})
_REFUSED: Final = frozenset({Grade.SIMULATED, Grade.ATTESTED, Grade.DERIVED})


def site_dialect(path: Path) -> Dialect:
    """Return the dialect in a file of the site. Raises RuleDocumentError.

    It is one and the same as long as the file says the same: a fleet reads many PBXs with one.
    """
    return _dialect(content_of_dialect(path), path)


@lru_cache(maxsize=4)
def _dialect(content: bytes, path: Path) -> Dialect:
    """Return the dialect that bytes are; `path` names it. Raises RuleDocumentError."""
    document = parsed_dialect(content, path)
    where = str(path)
    if document.extends not in dialect_names():
        advice = say("write extends = one of: {names}", names=", ".join(dialect_names()))
        raise RuleDocumentError(say("it extends no bundled dialect"), where=where, advice=advice)
    if is_taken(document.name):
        raise RuleDocumentError(
            say("the name {name} is taken", name=document.name),
            where=LinePlace(where, line_of(content.decode("utf-8-sig"), ("name",))),
            advice=say(
                "the dialect {name} is bundled; choose another name", name=alike(document.name)
            ),
        )
    _check_grades(document, where)
    base = bundled(document.extends)
    document = _capped(document)
    replaced = {
        fact: base.settings[fact]
        for fact, place in document.settings.items()
        if fact in base.settings and place.differs_from(base.settings[fact])
    }
    tables = [FILTER_ROWS] if document.filter_rows and base.filter_rows else []
    tables += [TEMPLATE_PARENTS] if document.template_parents and base.template_parents else []
    digest = hashlib.sha256(content).hexdigest()
    file = DialectFile(where, digest, tuple(sorted([*replaced, *tables])))
    sure = {name: grade for name, grade in base.attributes.items() if grade in _CAPPED}
    return merged(base, document).model_copy(
        update={
            "attributes": {**base.attributes, **document.attributes, **sure},
            "file": file,
            "replaced": replaced,
        }
    )


def _grades(document: DialectDocument) -> Iterator[tuple[tuple[str, ...], Grade]]:
    """Yield every grade of a document with the keys that lead to it."""
    for fact, place in document.settings.items():
        yield ("settings", fact, "grade"), place.grade
    if document.filter_rows is not None:
        yield (FILTER_ROWS, "grade"), document.filter_rows.grade
    if document.template_parents is not None:
        yield (TEMPLATE_PARENTS, "grade"), document.template_parents.grade
    for name, grade in document.attributes.items():
        yield ("attributes", name), grade


def _check_grades(document: DialectDocument, where: str) -> None:
    """Raise RuleDocumentError for a grade that says nothing about a name on a box of the site."""
    for keys, grade in _grades(document):
        if grade in _REFUSED:
            raise RuleDocumentError(
                at_key(
                    ".".join(keys), say("a file cannot have the grade {grade}", grade=grade.value)
                ),
                where=where,
                advice=say("write learned, or inferred"),
            )


def _capped(document: DialectDocument) -> DialectDocument:
    """Return what a file says without claims of which only a publication is proof."""

    def cap(grade: Grade) -> Grade:
        return Grade.LEARNED if grade in _CAPPED else grade

    rows, parents = document.filter_rows, document.template_parents
    return document.model_copy(
        update={
            "settings": {
                fact: place.model_copy(update={"grade": cap(place.grade), "seen_in": ""})
                for fact, place in document.settings.items()
            },
            "filter_rows": rows and rows.model_copy(update={"grade": cap(rows.grade)}),
            "template_parents": parents
            and parents.model_copy(update={"grade": cap(parents.grade)}),
            "attributes": {name: cap(grade) for name, grade in document.attributes.items()},
        }
    )
