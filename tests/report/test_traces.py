"""What evidence says in words of ours is said in German; names and values of the PBX stay."""

import pytest

from auditor.report.html import evidence_labels, html_page
from auditor.report.translation import plain


def german_of(said):
    return plain(said, "de")


@pytest.mark.parametrize(
    ("say", "english", "german"),
    [
        (
            evidence_labels.told,
            "set; score 1 of 4; about 10^4 guesses; 8 to 9 bytes long; patterns: dictionary",
            "gesetzt; Stärke 1 von 4; etwa 10^4 Versuche; 8 bis 9 Bytes lang; Muster: dictionary",
        ),
        (evidence_labels.told, "the same password", "dasselbe Passwort"),
        (
            evidence_labels.told,
            "set; and a word that nobody knows",
            "set; and a word that nobody knows",
        ),
        (evidence_labels.grade, "inferred", "abgeleitet"),
        (evidence_labels.revision, "oldid=78011", "oldid=78011"),
        (
            evidence_labels.revision,
            "13r3 SDK, no page revision noted",
            "13r3 SDK, Fassung der Seite nicht notiert",
        ),
    ],
)
def test_evidence_is_told_in_german_as_far_as_the_words_are_ours(say, english, german):
    found = say(english)
    assert german_of(found) == german
    # What was recognised still is, in English, the text that the report carries.
    assert plain(found, "en") == found == english


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
