"""Secrets to evidence: the scheme of the wiki, scoring, comparison, and nothing that leaks."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.snapshot import PasswordEvidence
from auditor.model.vocabulary import PasswordState
from auditor.passwords import MAX_SCORED_CHARACTERS, AdminFields, PasswordBook, classify
from auditor.passwords.fields import are_fields, field_of
from auditor.pbx import crypt

# Vectors of the wiki, Howto:Encrypt_or_Decrypt_PBX_user_passwords, and of its V13 form in 24 bytes.
PBX_PASSWORD = "pwd"
ADMIN_KEY = "566e2a2f1d259e4136046d5cbacaea9f"
USER_KEY = "7e6236c35d119afe62c0fd398d6f6175"
SECRET_16 = "a50c0b9263f673a778f671fbf9e4358c"
SECRET_24 = "a50c0b9263f673a778f671fbf9e4358c856d2c3fe93f7b84"
ADMIN_16 = "a61e0ce0068273a778f671fbf9e4358c"

STRONG = "kX7vQm2RtZp9Lw4HsB"
OTHER = "Nb4Wz8eYc6TgJr3UqD"
WORDS = ["hot-desk-base", "Hot Desk Base", "Mustermann GmbH"]


def stored(secret, size=24):
    return crypt.encrypt(bytes.fromhex(USER_KEY), secret, size).hex()


ADMIN_24 = stored(PBX_PASSWORD)


def book(*others, password=PBX_PASSWORD, admin=ADMIN_24):
    return PasswordBook([*others, admin], AdminFields(admin, ADMIN_KEY), password)


def judge(secret, *others, words=WORDS, password=PBX_PASSWORD):
    field = stored(secret)
    return book(field, *others, password=password).judge(field, words)


# --- the scheme ---------------------------------------------------------------------------------


def test_the_key_of_the_wiki():
    assert crypt.pbx_key(PBX_PASSWORD, bytes.fromhex(ADMIN_KEY)).hex() == USER_KEY


@pytest.mark.parametrize("field", [SECRET_16, SECRET_24])
def test_the_password_of_the_wiki(field):
    assert crypt.decrypt(bytes.fromhex(USER_KEY), bytes.fromhex(field)) == b"secret"


def test_the_pbx_password_is_stored_with_its_own_key():
    assert stored(PBX_PASSWORD, 16) == ADMIN_16


@pytest.mark.parametrize(("size", "field"), [(16, SECRET_16), (24, SECRET_24)])
def test_encryption_is_the_reverse(size, field):
    assert stored("secret", size) == field


@pytest.mark.parametrize("admin", [ADMIN_16, ADMIN_24, ADMIN_16.upper()])
def test_the_right_pbx_password_opens_the_book(admin):
    opened = book(SECRET_16, admin=admin)
    assert opened.decrypts
    assert not opened.rejected
    assert opened.judge(SECRET_16, []).score == 0


@pytest.mark.parametrize("password", ["pwe", "PWD", "pwd ", "", "p", "pwd\0x"])
def test_a_wrong_pbx_password_is_rejected(password):
    closed = book(SECRET_24, password=password)
    assert closed.rejected
    assert not closed.decrypts
    assert closed.judge(SECRET_24, []).score is None


def test_no_pbx_password_is_not_a_wrong_one():
    closed = book(SECRET_24, password=None)
    assert not closed.rejected
    assert not closed.decrypts


@pytest.mark.parametrize(
    ("admin", "key"),
    [(None, ADMIN_KEY), (ADMIN_16, None), ("********", ADMIN_KEY), (ADMIN_16, "zz")],
)
def test_without_a_field_to_verify_against_no_password_is_right(admin, key):
    assert PasswordBook([SECRET_16], AdminFields(admin, key), PBX_PASSWORD).rejected


# --- what a stored field shows by itself --------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "state"),
    [
        pytest.param(None, PasswordState.ABSENT, id="absent"),
        pytest.param("", PasswordState.ABSENT, id="empty attribute"),
        pytest.param("0" * 48, PasswordState.ALL_ZERO, id="all zero"),
        pytest.param("0" * 32, PasswordState.ALL_ZERO, id="all zero, 16 bytes"),
        pytest.param("0" * 47 + "1", PasswordState.SET, id="all zero but the last digit"),
        pytest.param(SECRET_24, PasswordState.SET, id="set"),
    ],
)
def test_what_a_field_shows_by_itself(field, state):
    assert classify(field).state is state


@pytest.mark.parametrize("password", [None, PBX_PASSWORD], ids=["no secret", "PBX password"])
@pytest.mark.parametrize(
    ("field", "state"),
    [
        pytest.param(None, PasswordState.ABSENT, id="absent"),
        pytest.param("", PasswordState.ABSENT, id="empty attribute"),
        pytest.param("0" * 48, PasswordState.ALL_ZERO, id="all zero"),
        pytest.param("********", PasswordState.UNREADABLE, id="the mask of SOAP"),
        pytest.param("secret", PasswordState.UNREADABLE, id="no hex"),
        pytest.param(SECRET_24[:-2], PasswordState.UNREADABLE, id="23 bytes"),
        pytest.param(SECRET_24 + "00", PasswordState.UNREADABLE, id="25 bytes"),
        pytest.param(SECRET_16[:-2], PasswordState.UNREADABLE, id="15 bytes"),
        pytest.param(SECRET_16 + "00", PasswordState.UNREADABLE, id="17 bytes"),
        pytest.param(SECRET_24[:-1], PasswordState.UNREADABLE, id="half a byte"),
    ],
)
def test_what_is_no_password_is_not_scored(field, state, password):
    evidence = book(SECRET_24, password=password).judge(field, WORDS)
    assert evidence.state is state
    assert evidence.score is None


def test_an_encrypted_empty_string_is_empty():
    assert judge("").state is PasswordState.EMPTY


def test_an_empty_string_is_not_seen_without_the_pbx_password():
    assert judge("", password=None).state is PasswordState.SET


def test_what_decrypts_to_no_text_is_unreadable():
    field = crypt.rc4(bytes.fromhex(USER_KEY), b"\xff\xfe".ljust(24, b"\0")).hex()
    assert book(field).judge(field, []).state is PasswordState.UNREADABLE


def test_capital_hex_digits_are_the_same_field():
    field = stored(STRONG)
    assert book(field).judge(field.upper(), []) == book(field).judge(field, [])


# --- scoring ------------------------------------------------------------------------------------


def test_a_long_random_password_is_strong():
    evidence = judge(STRONG)
    assert (evidence.state, evidence.score) == (PasswordState.SET, 4)
    assert evidence.guesses_log10 == 18.0
    assert not evidence.estimated


@pytest.mark.parametrize(
    ("secret", "score"),
    [
        ("kX7vQm2R", 2),
        ("kX7vQm2RtZ", 3),
        ("kX7vQm2RtZp", 4),
        ("innovaphone", 0),
        ("ipapps", 0),
    ],
)
def test_scores_of_the_benchmark(secret, score):
    assert judge(secret).score == score


@pytest.mark.parametrize(
    "secret",
    [
        "hot-desk-base",
        "HOT-DESK-BASE",
        "hotdeskbase",
        "esab-ksed-toh",
        "Innovaphone1!",
        "Mustermann-GmbH!2024",
        "MustermannGmbH2024!",
        "GmbH.Mustermann_2025",
        "hot-desk-Mustermann",
        "Mustermann-hot-desk",
        "basedeskhot2026",
    ],
)
def test_words_around_the_object_make_no_strong_password(secret):
    assert judge(secret).score < 4


def test_the_same_text_is_strong_where_its_words_mean_nothing():
    assert judge("Mustermann-Werke!2024", words=[]).score == 4


def test_umlauts_are_the_same_word_when_spelled_out():
    assert judge("Koenigsbruecke2024", words=["Königsbrücke"]).score < 4
    assert judge("Königsbrücke2024", words=["Königsbrücke"]).score < 4


def test_a_word_in_a_random_password_does_not_weaken_it():
    assert judge("kX7vQm2RbaseZp9Lw4H").score == 4


def test_hundreds_of_words_are_bounded():
    words = [f"Word{number}" for number in range(2_000)]
    assert judge("hot-desk-base", words=["hot-desk-base", *words]).score < 4


@pytest.mark.parametrize("words", [[], [""], [" "], ["#"], ["\0"], ["(", "[", "\\"]])
def test_words_may_be_empty_or_odd(words):
    assert judge(STRONG, words=words).score == 4


@pytest.mark.parametrize("length", [1, 71, 72, 73, 500, 100_000])
def test_a_scripted_password_of_any_length_is_scored(length):
    text = "aB3$xY9!" * (length // 8 + 1)
    evidence = book().judge_scripted(text[:length], WORDS)
    assert evidence.state is PasswordState.SET
    assert evidence.score in range(5)


def test_the_scorer_takes_72_characters():
    assert MAX_SCORED_CHARACTERS == 72


# --- scripted passwords -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clear", "state"),
    [
        pytest.param(None, PasswordState.ABSENT, id="no option"),
        pytest.param("", PasswordState.EMPTY, id="empty"),
        pytest.param("<your secure password>", PasswordState.PLACEHOLDER, id="placeholder"),
        pytest.param("<Passwort hier>", PasswordState.PLACEHOLDER, id="a placeholder of one's own"),
        pytest.param("********", PasswordState.UNREADABLE, id="asterisks"),
        pytest.param("*", PasswordState.UNREADABLE, id="one asterisk"),
        pytest.param("<", PasswordState.SET, id="half a placeholder"),
        pytest.param("*x*", PasswordState.SET, id="asterisks around a letter"),
        pytest.param(STRONG, PasswordState.SET, id="a password"),
    ],
)
def test_what_a_script_shows(clear, state):
    assert book().judge_scripted(clear, WORDS).state is state


def test_a_scripted_password_is_compared_with_all_but_its_own_user():
    opened = book(stored(STRONG))
    assert opened.judge_scripted(STRONG, WORDS).shared_with == 1
    assert opened.judge_scripted(STRONG, WORDS, [stored(STRONG)]).shared_with == 0


def test_the_placeholder_is_one_where_it_is_stored():
    assert judge("<your secure password>").state is PasswordState.PLACEHOLDER


# --- comparison ---------------------------------------------------------------------------------


@pytest.mark.parametrize("password", [None, "wrong", PBX_PASSWORD], ids=["none", "wrong", "right"])
@pytest.mark.parametrize(
    ("others", "shared"),
    [
        pytest.param([], 0, id="nothing else"),
        pytest.param([OTHER], 0, id="another password"),
        pytest.param([STRONG], 1, id="the same"),
        pytest.param([STRONG, OTHER, STRONG], 2, id="the same twice"),
        pytest.param([STRONG[:-1]], 0, id="one character less"),
        pytest.param([STRONG + "!"], 0, id="one character more"),
        pytest.param([STRONG.lower()], 0, id="in lower case"),
    ],
)
def test_how_many_others_have_the_password(others, shared, password):
    evidence = judge(STRONG, *(stored(other) for other in others), password=password)
    assert evidence.shared_with == shared


@pytest.mark.parametrize("password", [None, PBX_PASSWORD], ids=["no secret", "PBX password"])
def test_the_pbx_password_as_a_users_password(password):
    assert judge(PBX_PASSWORD, password=password).equals_pbx_password
    assert not judge(STRONG, password=password).equals_pbx_password


def test_the_pbx_password_in_a_field_of_another_size():
    field = stored(PBX_PASSWORD, 16)
    assert book(field).judge(field, []).equals_pbx_password


def test_fields_of_two_sizes_are_compared_in_clear():
    short, long = stored("hotdesk1", 16), stored("hotdesk1")
    assert book(short, long).judge(long, []).shared_with == 1
    assert book(short, long).judge(short, []).shared_with == 1


def test_fields_of_two_sizes_that_may_be_equal_are_not_comparable_without_the_pbx_password():
    short, long = stored("hotdesk1", 16), stored("hotdesk1")
    assert book(short, long, password=None).judge(long, []).shared_with is None


def test_equal_fields_of_one_size_prove_reuse_beside_another_size():
    short, long = stored("hotdesk1", 16), stored("hotdesk1")
    assert book(short, long, long, password=None).judge(long, []).shared_with


def test_two_empty_passwords_are_no_equal_of_the_pbx_password():
    assert not judge("", stored("")).equals_pbx_password


# --- length -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "band"),
    [
        (1, (1, 7)),
        (7, (1, 7)),
        (8, (8, 9)),
        (9, (8, 9)),
        (10, (10, 11)),
        (11, (10, 11)),
        (12, (12, 14)),
        (14, (12, 14)),
        (15, (15, 19)),
        (19, (15, 19)),
        (20, (20, 23)),
        (23, (20, 23)),
    ],
)
def test_a_length_is_shown_as_a_band(length, band):
    evidence = judge("kX7vQm2RtZp9Lw4HsBq8Nd3"[:length])
    assert (evidence.length_from, evidence.length_to) == band


def test_a_length_is_estimated_from_padding():
    others = [stored("pwd"[:1] + str(number)) for number in range(9)]
    evidence = judge("kX7vQm2RtZp9", *others, password=None)
    assert (evidence.length_from, evidence.length_to) == (12, 14)
    assert evidence.estimated
    assert evidence.score is None


def test_two_fields_show_no_length():
    evidence = judge("kX7vQm2RtZp9", stored("pwd"), password=None)
    assert evidence.length_from is None
    assert not evidence.estimated


def test_a_length_is_not_estimated_where_long_passwords_prevail():
    others = [stored(f"{number}kX7vQm2RtZp9Lw4HsBq8Nd"[:23]) for number in range(9)]
    evidence = judge("kX7", *others, password=None)
    assert evidence.length_from is None or evidence.length_to >= 23


def test_a_shorter_field_is_not_measured_against_longer_ones():
    others = [stored(f"p{number}") for number in range(9)]
    short = stored("kX7vQm2RtZp9", 16)
    evidence = book(short, *others, password=None).judge(short, [])
    assert evidence.state is PasswordState.SET
    assert evidence.length_from in {None, 12}


# --- nothing leaks ------------------------------------------------------------------------------

CANARY = "Kanari3nvogel-im-Bergwerk"[:23]


@pytest.mark.parametrize("words", [[], [CANARY], ["Kanarienvogel", "Bergwerk"]])
@pytest.mark.parametrize("password", [None, "wrong", PBX_PASSWORD])
def test_no_evidence_contains_the_secret(password, words):
    field = stored(CANARY)
    opened = book(field, field, password=password)
    shown = repr(
        [
            opened.judge(field, words),
            opened.judge(field[:-2], words),
            opened.judge(CANARY, words),
            opened.judge_scripted(CANARY, words),
            opened.judge_scripted(f"<{CANARY}>", words),
        ]
    )
    for form in (
        CANARY,
        CANARY.lower(),
        CANARY.encode().hex(),
        base64.b64encode(CANARY.encode()).decode(),
        "Bergwerk",
        field,
        field[:16],
    ):
        assert form not in shown


def test_a_book_does_not_show_what_it_holds():
    shown = repr(book(stored(CANARY))) + str(book(stored(CANARY)))
    assert CANARY not in shown
    assert stored(CANARY) not in shown
    assert PBX_PASSWORD not in shown.replace("PasswordBook", "")


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=90), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_judged_without_an_error(text, words):
    """An error of the scorer could carry the password."""
    evidence = book().judge_scripted(text, words)
    assert evidence.state in PasswordState
    stored_evidence = judge(text.replace("\0", ""), words=words)
    assert stored_evidence.score in {None, 0, 1, 2, 3, 4}


def test_evidence_has_no_field_for_text_that_could_be_a_secret():
    texts = {
        name
        for name, kind in PasswordEvidence.__annotations__.items()
        if kind in {"str", "bytes", "Message"}
    }
    assert texts == {"reason"}


# --- many at once -------------------------------------------------------------------------------

_SECRETS = st.text("ab1 ", min_size=0, max_size=24)
_ODD = st.sampled_from(
    ["", "0" * 48, "0" * 32, "x" * 48, "ab " * 16, "1_" * 24, "+" + "1" * 47, "tag:24:ab", ADMIN_24]
)


@given(
    fields=st.lists(
        st.none()
        | _ODD
        | st.builds(stored, _SECRETS)
        | st.builds(stored, _SECRETS).map(str.upper)
        | st.builds(stored, _SECRETS.map(lambda secret: secret[:16]), st.just(16)),
        max_size=12,
    ),
    password=st.sampled_from([None, PBX_PASSWORD]),
    padded=st.booleans(),
)
@settings(deadline=None)
def test_what_many_show_is_what_each_shows(fields, password, padded):
    usual = [stored(f"secret {number}") for number in range(9)] * padded
    judged = book(*usual, *fields, password=password)
    assert list(judged.look_all([*usual, *fields])) == list(map(judged.look, [*usual, *fields]))


@given(fields=st.lists(st.text("0aA _+x", max_size=3) | st.builds(stored, _SECRETS), max_size=5))
@settings(deadline=None)
def test_all_values_are_plain_fields_if_each_of_them_is(fields):
    each = [len(one) == 2 * len(found) for one in fields if (found := field_of(one) or b"")]
    assert are_fields(fields) == (len(each) == len(fields) and all(each))
