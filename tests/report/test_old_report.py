"""What a report says in words of ours is said in German; names and values of the PBX stay.

Reports of earlier programs, which hold these words as text alone, are shown the same.
"""

from dataclasses import replace

import pytest

from auditor.checks.base_password import describe
from auditor.messages.languages import translated
from auditor.messages.message import say
from auditor.model.snapshot import PasswordEvidence
from auditor.model.vocabulary import PasswordState
from auditor.report import terms
from auditor.report.html import html_page
from auditor.report.schema import v1
from auditor.report.sentences import Sentences, gather
from auditor.report.translation import is_said, plain
from auditor.rules.catalogue import load_catalogue
from tests.report.factory import make_evidence, make_report

PASSWORD = PasswordEvidence(
    PasswordState.SET,
    score=1,
    guesses_log10=4,
    length_from=8,
    length_to=9,
    patterns=("dictionary",),
)
_ENGLISH = "set; score 1 of 4; about 10^4 guesses; 8 to 9 bytes long; "
_GERMAN = "gesetzt; Stärke 1 von 4; etwa 10^4 Versuche; 8 bis 9 Bytes lang; "
ENGLISH = f"{_ENGLISH}made of known words"
GERMAN = f"{_GERMAN}gebildet aus bekannten Wörtern"
EARLIER = (f"{_ENGLISH}patterns: dictionary", f"{_GERMAN}Muster: dictionary")


def now(*said):
    """Return the sentences of a report of this program that says this."""
    made = gather((), (), said)
    return Sentences(replace(make_report(), **made_of(made), reach=[]))


def made_of(made):
    return {"templates": made.templates, "sentences": made.sentences}


OLD = Sentences(make_report())
NOW = now(describe(PASSWORD))


def test_what_was_estimated_of_a_password_is_said_in_german():
    for sentences, (value, german) in ((OLD, EARLIER), (NOW, (ENGLISH, GERMAN))):
        found = sentences.seen(make_evidence(attribute="pwd", value=value))
        assert (plain(found, "en"), plain(found, "de")) == (value, german)


@pytest.mark.parametrize("sentences", [OLD, NOW], ids=["earlier", "now"])
@pytest.mark.parametrize(
    ("value", "german"),
    [
        ("the same password", "dasselbe Passwort"),
        ("set", "gesetzt"),
        ("set; and a word that nobody knows", "set; and a word that nobody knows"),
    ],
)
def test_what_is_told_of_a_password_is_said_in_german(sentences, value, german):
    found = sentences.seen(make_evidence(attribute="pwd", value=value))
    assert plain(found, "en") == value
    assert plain(found, "de") == german
    assert is_said(found) is (value != german)


@pytest.mark.parametrize("value", ["set", "absent", "the same password", ENGLISH, "", None])
def test_a_value_of_the_pbx_stays_as_it_is(value):
    for sentences in (OLD, now()):
        assert sentences.seen(make_evidence(attribute="filter", value=value)) == (value or "")
        assert not is_said(sentences.seen(make_evidence(attribute="filter", value=value)))


def test_a_sentence_of_a_check_is_said_wherever_it_was_seen():
    assert plain(NOW.seen(make_evidence(attribute="/gk-pwd", value=ENGLISH)), "de") == GERMAN


RULES = load_catalogue().rules
REVISIONS = sorted({one.revision for rule in RULES.values() for one in rule.references})


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_is_the_same_in_reports_of_earlier_programs(revision):
    reference = v1.Reference("title", "page", str(revision))
    found = now(revision).revision(reference)
    assert plain(found, "de") == plain(OLD.revision(reference), "de")
    assert plain(found, "en") == plain(OLD.revision(reference), "en") == revision
    assert is_said(found) is is_said(revision)


def test_a_revision_that_nobody_translated_does_not_look_untranslated():
    reference = v1.Reference("title", "page", "a draft of mine")
    assert now().revision(reference) == OLD.revision(reference) == "a draft of mine"
    assert not is_said(now().revision(reference))


TITLES = sorted({one.title for rule in RULES.values() for one in rule.references})


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("sentences", [OLD, NOW], ids=["earlier", "now"])
def test_the_title_of_a_reference_is_said_in_german_unless_it_is_a_name(sentences, title):
    found = sentences.page(v1.Reference(str(title), "page", "revision"))
    assert plain(found, "en") == title
    assert plain(found, "de") == translated(title, "de")
    assert is_said(found) or not is_said(title)


def test_a_title_that_is_made_of_values_is_said_in_german():
    title = say("edition {year}", year="2023")
    found = now(title).page(v1.Reference(str(title), "page", "revision"))
    assert plain(found, "de") == translated(title, "de")


def test_a_grade_is_said_in_german():
    assert plain(terms.grade("inferred"), "de") == "abgeleitet"
    assert terms.grade("of another program") == "of another program"


@pytest.mark.parametrize(
    ("octets", "english", "german"),
    [
        (216, "216 bytes", "216 Bytes"),
        (16_400, "16.4 kB", "16,4 kB"),
        (2_049_000, "2.0 MB", "2,0 MB"),
    ],
)
def test_a_size_has_the_decimal_sign_of_its_language(octets, english, german):
    template = html_page.environment().from_string("{{ octets|size }}")
    shown = template.render(octets=octets)
    assert english in shown
    assert german in shown
