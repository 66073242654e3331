"""The messages of reports and runbooks and their translations: collected, compared, compiled.

The `.po` files are written by hand (or with an editor such as Poedit); the `.json` files beside
them are what `python -m tests.generated` makes of them, and are committed, so that a checkout, a
wheel and an sdist all work without a build step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, redirect_stderr
from functools import cache
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final

import babel
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from filelock import FileLock

import auditor
from auditor.dialects import dialect_names, load_dialect
from auditor.facts import Scope, known_facts
from auditor.messages.labels import PLAIN, WORDS, name_in_words
from auditor.messages.languages import DOMAIN, LANGUAGES, LOCALE
from auditor.messages.message import Message
from auditor.model.account import Irrelevant, ProofKind, Unit
from auditor.model.vocabulary import Area, Grade, PasswordState
from auditor.pbx import call_filters
from auditor.report import old_report
from auditor.report.html import glossary
from auditor.resources import templates_directory
from auditor.rules.catalogue import load_catalogue
from auditor.vulnerabilities import known_vulnerabilities

KEYWORDS: Final = {
    "_": None,
    "_n": (1, 2),
    "Message": None,
    "say": None,
    "say_count": (1, 2),
    "Counted": (1, 2),
    "joined": None,
    "template": None,
}
CALLED: Final = re.compile(rb"\b(?:%s)\s*\(" % b"|".join(map(str.encode, KEYWORDS)))
PACKAGE: Final = Path(auditor.__file__).parent
# What was found in which text: the processes of a test run look through each file once together.
FOUND: Final = Path(__file__).parents[1] / ".pytest_cache" / "messages.json"


def translated() -> list[str]:
    """Return the languages that need a catalogue."""
    return [language for language in LANGUAGES if language != "en"]


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def compiled_file(language: str) -> Path:
    return po_file(language).with_suffix(".json")


@cache
def messages() -> Mapping[str | tuple[str, str], str]:
    """Return every message, with where it is said; one with a plural is a pair."""
    found: dict[str | tuple[str, str], str] = {}
    with found_before() as before:
        for path in sorted(templates_directory().glob("*.j2")):
            options = {"trim_blocks": "true", "lstrip_blocks": "true"}
            collect(found, before, path, "jinja2.ext:babel_extract", options)
        for path in sorted(PACKAGE.rglob("*.py")):
            if CALLED.search(path.read_bytes()):  # Babel takes long to find that there is none
                collect(found, before, path, "python", {})
    for place, texts in {
        "labels.py": listed(),
        **documented(),
    }.items():
        for text in texts:
            found.setdefault(text, place)
    pairs = {key[0] for key in found if isinstance(key, tuple)}
    return {key: place for key, place in found.items() if key not in pairs}


@contextmanager
def found_before() -> Iterator[MutableMapping[str, list[str | list[str]]]]:
    """Give what was found in texts, by their digests, to look up and to add to."""
    FOUND.parent.mkdir(exist_ok=True)
    with FileLock(FOUND.with_suffix(".lock")):
        before = json.loads(FOUND.read_text("utf-8")) if FOUND.is_file() else {}
        known = set(before)
        yield before
        if known != set(before):
            written = FOUND.with_suffix(".new")
            written.write_text(json.dumps(before), encoding="utf-8")
            written.replace(FOUND)


def collect(found, before, path, method, options):
    content = path.read_bytes()
    asked = repr((method, options, KEYWORDS, babel.__version__))
    key = sha256(asked.encode() + b"\0" + content).hexdigest()
    if key not in before:
        before[key] = extracted(content, method, options)
    for text in before[key]:
        found.setdefault(text if isinstance(text, str) else tuple(text), place_of(path))


def place_of(path):
    """Return the template, or the room: a module with another name changes no catalogue."""
    if not path.is_relative_to(PACKAGE):
        return path.name
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def extracted(content, method, options):
    # Babel warns of each f-string in a call of `say`, among them those whose `say` is another.
    with redirect_stderr(StringIO()):
        all_found = extract(method, BytesIO(content), keywords=KEYWORDS, options=options)
        return [text for _line, text, _comments, _context in all_found if text]


def listed() -> list[str]:
    """Return the messages that stand in tables, without a call around each."""
    tables = (glossary.GLOSSARY, glossary.SEVERITY_MEANINGS, glossary.EXIT_CODES)
    return [
        *WORDS.values(),
        *PLAIN,
        *(*old_report.PASSWORD, *old_report.REVISIONS),
        *glossary.GLOSSARY,
        *(meaning for table in tables for meaning in table.values()),
    ]


def documented() -> dict[str, list[str]]:
    """Return the messages that stand in documents and closed sets, by where they stand."""
    flaws = known_vulnerabilities()
    return {
        "facts/*.toml": [
            *(fact.label for fact in known_facts().values()),
            *(
                fact.ui_path
                for fact in known_facts().values()
                if fact.scope not in {Scope.PEOPLE, Scope.DEVICES}
            ),
        ],
        "vulnerabilities/*.toml": [
            text for one in flaws for text in (one.title, one.doubt) if text
        ],
        "dialects/*.toml": [
            text
            for name in dialect_names()
            for place in load_dialect(name).settings.values()
            for text in (place.absent_source, place.seen_in)
            if text
        ],
        "rules/*/*.toml": [
            text.template
            for rule in load_catalogue().rules.values()
            for one in rule.references
            for text in (one.title, one.revision)
            if isinstance(text, Message)
        ],
        "account.py": [word.value for words in (Unit, Irrelevant, ProofKind) for word in words],
        "call_filters.py": [question.value for question in call_filters.OpenQuestion],
        "vocabulary.py": [word.value for words in (Grade, PasswordState) for word in words],
        "engine.py": [name_in_words(str(name)) for name in (*Area, *known_facts())],
    }


def read(language: str) -> Catalog:
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)


def compiled(language: str) -> bytes:
    """Return what the compiled file of a language must hold: its templates by the English ones.

    To read JSON takes a fifth of what gettext takes for as much. What nobody translated is left
    out, as gettext does. The program chooses between two forms by the rule that English has.
    """
    catalogue = read(language)
    assert catalogue.plural_forms == "nplurals=2; plural=(n != 1);"
    forms = {said(one.id): one.string for one in catalogue if one.id}
    told = {key: form for key, form in forms.items() if form and all(form)}
    return f"{json.dumps(told, ensure_ascii=False, indent=0)}\n".encode()


def said(key: str | Sequence[str]) -> str:
    """Return the message of a key, of a pair the one in the singular."""
    return key if isinstance(key, str) else key[0]


def renew(language: str) -> None:
    """Write the `.po` file anew: every message there is, with the translations that are known.

    A message that is not said any more stays at the end as a comment, so that its translation can
    be used for what is said instead; a test asks for its removal.
    """
    known = read(language) if po_file(language).is_file() else Catalog(locale=language)
    catalogue = Catalog(
        locale=language,
        domain=DOMAIN,
        project="pbx-auditor",
        version="1",
        header_comment=f"# What reports and runbooks say, in the language {language}.",
        fuzzy=False,
        creation_date=known.creation_date,
        revision_date=known.revision_date,
    )
    for key, place in sorted(messages().items(), key=str):
        name = said(key)
        old = known.get(name)
        string = old.string if old else ""
        catalogue.add(key, string, locations=[(place, 0)])
    catalogue.obsolete.update(known.obsolete)
    for entry in known:
        if entry.id and entry.string and entry.id not in catalogue:
            catalogue.obsolete[said(entry.id)] = entry
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    with po_file(language).open("wb") as file:
        write_po(file, catalogue, width=100, omit_header=False, include_lineno=False)
