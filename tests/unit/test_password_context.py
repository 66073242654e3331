"""Words around a password: looking for them first changes no score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.vocabulary import PasswordState
from auditor.passwords import AdminFields, PasswordBook, Workload
from auditor.passwords.context import (
    haystack,
    is_made_of,
    longest_first,
    occurs,
    singles,
)
from auditor.passwords.scoring import Scorer, ScoringJob, shared_inputs
from auditor.pbx import crypt

PBX_PASSWORD = "pwd"
ADMIN_KEY = "566e2a2f1d259e4136046d5cbacaea9f"
KEY = crypt.pbx_key(PBX_PASSWORD, bytes.fromhex(ADMIN_KEY))
SITE = ["Beispiel Metallbau GmbH", "Köln"]
OWN = ["j.brandt", "Brandt, Jan", "217", "Hot Desk User", "0090334a1101"]
SHARED = shared_inputs(SITE)
REMOVED = longest_first(SHARED)
LEET = str.maketrans("aeiost", "4310$7")


def stored(secret, size=24):
    return crypt.encrypt(KEY, secret, size).hex()


def book_of(*secrets):
    admin = stored(PBX_PASSWORD)
    fields = [stored(secret) for secret in secrets]
    return PasswordBook([*fields, admin], AdminFields(admin, ADMIN_KEY), PBX_PASSWORD, SITE)


def may_hold_own_words(text, words=OWN):
    return occurs(singles(words), haystack(text, REMOVED))


@pytest.mark.parametrize(
    "text",
    [
        "Brandt",
        "xxBRANDTxx",
        "tdnarb",
        "8r4nd7",
        "7dn4r8",
        "br4ndt-2024",
        "brbaseandt",  # what is left without the word "base"
        "217",
        "Z!7",
        "user hot-desk",
    ],
)
def test_a_word_is_found_in_every_spelling(text):
    assert may_hold_own_words(text)


@pytest.mark.parametrize("text", ["kX7vQm2RtZp9Lw4HsB", "Metallbau", "", "#", "Nb4Wz8eYc6"])
def test_what_holds_no_word_is_not_scored_again(text):
    assert not may_hold_own_words(text)


def test_either_order_of_removal_counts():
    own, shared = longest_first(["standardisierung"]), longest_first(["standard"])
    assert is_made_of("Standardisierung1", own, shared)
    assert is_made_of("Standardisierung1", longest_first(["isierung"]), shared)


PIECES = st.sampled_from(
    [
        *OWN,
        *SITE,
        *singles(OWN),
        *singles(SITE),
        "base",
        "hotdesk",
        "2024",
        "-",
        "!",
        "1",
        "kX7",
        "q",
    ]
)
SPELLINGS: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [str, str.upper, str.title, lambda s: s[::-1], lambda s: s.lower().translate(LEET)]
)
TEXTS = st.one_of(
    st.text(min_size=1, max_size=23),
    st.lists(st.tuples(PIECES, SPELLINGS), min_size=1, max_size=4).map(
        lambda parts: "".join(spell(piece) for piece, spell in parts)[:23]
    ),
)


thorough = settings(max_examples=1_000, deadline=None, derandomize=True, database=None)


@pytest.mark.slow
@settings(thorough, max_examples=100)
@given(TEXTS)
def test_a_password_scores_as_with_all_words_at_once(text):
    assert_it_scores_as_with_all_words(text)


@pytest.mark.soak
@thorough
@given(TEXTS)
def test_many_passwords_score_as_with_all_words_at_once(text):
    assert_it_scores_as_with_all_words(text)


def assert_it_scores_as_with_all_words(text):
    secret = text.encode()[:23].decode(errors="ignore").replace("\0", "")
    evidence = book_of(secret).judge(stored(secret), OWN)
    if evidence.score is None:
        return
    whole = Scorer(SHARED).score(ScoringJob(secret, singles(OWN)))
    assert (evidence.score, evidence.guesses_log10) == (whole.value, whole.guesses_log10)
    assert evidence.patterns == whole.patterns


@pytest.fixture
def scored(monkeypatch):
    """Count how often each job is scored."""
    counts = Counter[str]()
    score = Scorer.score

    def counting(self, job):
        counts[job.text] += 1
        return score(self, job)

    monkeypatch.setattr(Scorer, "score", counting)
    return counts


def test_equal_passwords_are_scored_once(scored):
    secrets = ["kX7vQm2RtZp9Lw4HsB"] * 50 + ["Nb4Wz8eYc6TgJr3UqD"]
    book = book_of(*secrets)
    found = book.judge_all([(stored(secret), OWN) for secret in secrets])
    assert scored == dict.fromkeys(secrets, 1)
    assert {evidence.score for evidence in found} == {4}


def test_the_same_password_in_fields_of_two_sizes_is_scored_once(scored):
    fields = [stored("hotdesk1", 16), stored("hotdesk1")]
    admin = stored(PBX_PASSWORD)
    PasswordBook([*fields, admin], AdminFields(admin, ADMIN_KEY), PBX_PASSWORD).judge_all(
        [(field, []) for field in fields]
    )
    assert scored == {"hotdesk1": 1}


def test_a_password_is_scored_again_only_where_a_word_of_its_object_occurs(scored):
    secret = "Brandt-Jan!2024"
    book = book_of(secret)
    others = [(stored(secret), [name]) for name in ("u.krause", "m.mueller", "s.vogt")]
    mine, *foreign = book.judge_all([(stored(secret), OWN), *others])
    assert scored == {secret: 2}
    assert mine.score < 3
    assert {evidence.score for evidence in foreign} == {foreign[0].score}
    assert foreign[0].score > mine.score


def test_what_nobody_can_decrypt_is_not_scored(scored):
    field = stored("hotdesk1")
    PasswordBook([field], AdminFields(None, None), None).judge_all([(field, OWN)])
    book_of("hotdesk1").look(field)
    assert scored == {}


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr("auditor.passwords.workers.CHUNK", 2)
    told = []
    secrets = [f"kX7vQm2RtZ{number}" for number in range(5)]
    book_of(*secrets).judge_all(
        [(stored(secret), []) for secret in secrets], Workload(1, lambda *far: told.append(far))
    )
    assert told == [(2, 5), (4, 5)]


# --- the PBX password -------------------------------------------------------------------------


def pbx_evidence(password, administrator=None, *, supplied=True):
    key = crypt.pbx_key(password, bytes.fromhex(ADMIN_KEY))
    admin = crypt.encrypt(key, password).hex()
    book = PasswordBook([admin], AdminFields(admin, ADMIN_KEY), password if supplied else None)
    return book.judge_pbx_password(administrator)


def test_only_sixteen_bytes_of_the_pbx_password_count():
    assert pbx_evidence("kX7vQm2RtZp9Lw4H").score == 4
    assert pbx_evidence("aaaaaaaaaaaaaaaakX7vQm2").score < 2
    evidence = pbx_evidence("aaaaaaaaaaaaaaaakX7vQm2")
    assert (evidence.length_from, evidence.length_to) == (15, 19)


@pytest.mark.parametrize(
    ("administrator", "same"),
    [
        (None, None),
        ("kX7vQm2RtZp9Lw4H", True),
        ("kX7vQm2RtZp9Lw4Hmore", True),
        ("kX7vQm2RtZp9Lw4", False),
        ("KX7vQm2RtZp9Lw4H", False),
    ],
)
def test_it_is_compared_with_the_administrators_in_all_that_counts(administrator, same):
    assert pbx_evidence("kX7vQm2RtZp9Lw4H", administrator).same_as_admin is same


def test_without_proof_it_is_neither_scored_nor_compared():
    evidence = pbx_evidence("kX7vQm2RtZp9Lw4H", "kX7vQm2RtZp9Lw4H", supplied=False)
    assert evidence.score is None
    assert evidence.same_as_admin is None


@pytest.mark.parametrize("password", ["ü" * 11, "äöüäöüäöü", "\u20ac" * 7])
def test_a_character_cut_in_half_is_no_error(password):
    assert pbx_evidence(password).score in range(5)


# --- those that are handed over -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "state", "least", "most"),
    [
        ("", PasswordState.EMPTY, None, None),
        ("short", PasswordState.SET, 1, 7),
        ("hV3xRk8PwZ5q", PasswordState.SET, 12, 14),
    ],
)
def test_of_the_administrators_password_only_its_worth_is_kept(password, state, least, most):
    evidence = book_of().judge_administrator(password)
    assert (evidence.state, evidence.length_from, evidence.length_to) == (state, least, most)
    assert (evidence.score is None) is (state is PasswordState.EMPTY)
    assert not password or password not in repr(evidence)


def test_nobody_handed_one_over():
    assert book_of().judge_administrator(None) is None
    assert book_of().judge_app_platform(None, "x") is None


@pytest.mark.parametrize(
    ("administrator", "same"), [(None, None), ("pw", True), ("pW", False), ("pw ", False)]
)
def test_the_app_platforms_password_is_compared_with_the_administrators(administrator, same):
    evidence = book_of().judge_app_platform("pw", administrator)
    assert evidence.state is PasswordState.SET
    assert evidence.same_as_admin is same


@pytest.mark.parametrize(
    ("app_platform", "equal"),
    [(PBX_PASSWORD, True), (PBX_PASSWORD.upper(), False), ("other", False)],
)
def test_the_app_platforms_password_is_compared_with_the_pbx_password(app_platform, equal):
    assert book_of().judge_app_platform(app_platform, None).equals_pbx_password is equal
    admin = AdminFields(stored(PBX_PASSWORD), ADMIN_KEY)
    unproven = PasswordBook([], admin, None).judge_app_platform(app_platform, None)
    assert unproven.equals_pbx_password is None


@pytest.mark.parametrize("password", [PBX_PASSWORD, None])
def test_who_shares_a_password_is_in_one_group_whether_it_can_be_opened_or_not(password):
    fields = [stored(secret) for secret in ("kX7vQm2RtZ", "kX7vQm2RtZ", "another", "alone")]
    fields.append(fields[2])
    admin = stored(PBX_PASSWORD)
    book = PasswordBook([*fields, admin], AdminFields(admin, ADMIN_KEY), password)
    groups = [found.group for found in book.judge_all([(field, []) for field in fields])]
    assert groups[0] == groups[1]
    assert groups[2] == groups[4]
    assert len({groups[0], groups[2], groups[3]}) == 3
    assert None not in {groups[0], groups[2]}
