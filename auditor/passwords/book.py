"""All passwords of one PBX: judged, compared and scored, then forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from auditor.messages.message import say
from auditor.model.snapshot import NO_PASSWORD, PasswordEvidence
from auditor.model.vocabulary import PasswordState
from auditor.passwords.comparing import Comparisons, SecretComparison
from auditor.passwords.context import haystack, longest_first, occurs, singles
from auditor.passwords.fields import AdminFields, Opener, band, classify, field_of, verified_key
from auditor.passwords.scoring import ScoringJob, shared_inputs
from auditor.passwords.tags import Tagger, is_tag
from auditor.passwords.workers import score_all
from auditor.pbx import crypt

_PLACEHOLDER: Final = re.compile(r"^<.*>$")
_KEY_BYTES: Final = 16
_UNREADABLE: Final = PasswordEvidence(
    PasswordState.UNREADABLE, reason=say("the stored value is not a password field")
)
_NO_TEXT: Final = PasswordEvidence(
    PasswordState.UNREADABLE, reason=say("the decrypted value is not text")
)
_ASTERISKS: Final = PasswordEvidence(
    PasswordState.UNREADABLE, reason=say("the script shows asterisks instead of it")
)
NOT_UNDERSTOOD: Final = PasswordEvidence(
    PasswordState.UNREADABLE,
    reason=say("the line that registers a phone with it is not understood"),
)
Entry = tuple[str | None, Iterable[str]]


def _tell_nobody(_done: int, _total: int) -> None:
    """Take no notice."""


class Workload(NamedTuple):
    """How many processes score, and who hears how many passwords of how many are done."""

    processes: int = 1
    tell: Callable[[int, int], None] = _tell_nobody


_ALONE: Final = Workload()


class PasswordBook:
    """Judges the passwords of one PBX, with or without its PBX password.

    `stored` holds every stored password of the system in hex, or its tag, which `tagger` makes of
    it, if it was read before an interruption. `words` weaken each password.
    """

    def __init__(
        self,
        stored: Sequence[str | None],
        admin: AdminFields,
        pbx_password: str | None,
        words: Iterable[str] = (),
        tagger: Tagger | None = None,
    ) -> None:
        key = verified_key(pbx_password, admin)
        self._admin_password = admin.password
        self._opener = None if key is None else Opener(key)
        self._pbx_password = pbx_password if key is not None else None
        self.rejected = pbx_password is not None and key is None
        self._words = tuple(words)
        self._comparisons = Comparisons(stored, admin.password, self._opener, tagger)
        self._known: dict[Hashable, PasswordEvidence] = {}

    @cached_property
    def _shared(self) -> tuple[str, ...]:
        """The inputs that hold for every password: only a clear text needs them."""
        return shared_inputs(self._words)

    @cached_property
    def _removed(self) -> tuple[str, ...]:
        """The shared words in the order in which they are removed: only a clear text needs it."""
        return longest_first(self._shared)

    @property
    def decrypts(self) -> bool:
        """Return whether the PBX password was supplied and verified against `_ADMIN_`."""
        return self._opener is not None

    def look(self, stored: str | None) -> PasswordEvidence:
        """Return evidence about one stored password, without a score."""
        return self._look(stored)[0]

    def look_all(self, stored: Iterable[str | None]) -> Iterator[PasswordEvidence]:
        """Yield evidence about stored passwords, without scores, in their order.

        There are tens of thousands, and nearly all of them show nothing but their length. So
        evidence of these is made once for each length.
        """
        alone = self._comparisons.alone
        known: dict[int, PasswordEvidence] = {}
        for one in stored:
            mark = None if one is None else alone.get(one)
            if mark is None:
                yield self.look(one)
                continue
            if mark not in known:
                known[mark] = self.look(one)
            yield known[mark]

    def judge(self, stored: str | None, words: Iterable[str]) -> PasswordEvidence:
        """Return evidence about one stored password; `words` are those of its own object."""
        return self.judge_all([(stored, words)])[0]

    def judge_all(
        self, entries: Iterable[Entry], work: Workload = _ALONE
    ) -> list[PasswordEvidence]:
        """Return evidence about stored passwords, each with the words of its own object.

        Equal passwords are scored once, and again only where such words occur in them.
        """
        looked: list[tuple[PasswordEvidence, int | None]] = []
        jobs: dict[ScoringJob, int] = {}
        haystacks: dict[str, str] = {}
        for stored, words in entries:
            evidence, text = self._look(stored)
            number = None
            if text is not None:
                if text not in haystacks:
                    haystacks[text] = haystack(text, self._removed)
                own = singles(words)
                job = ScoringJob(text, own if occurs(own, haystacks[text]) else ())
                number = jobs.setdefault(job, len(jobs))
            looked.append((evidence, number))
        scores = score_all(self._shared, list(jobs), *work) if jobs else []
        return [
            evidence
            if number is None
            else self._intern(
                replace(
                    evidence,
                    score=scores[number].value,
                    guesses_log10=scores[number].guesses_log10,
                    patterns=scores[number].patterns,
                )
            )
            for evidence, number in looked
        ]

    def judge_scripted(
        self, clear: str | None, words: Iterable[str], own: Iterable[str | None] = ()
    ) -> PasswordEvidence:
        """Return evidence about a clear-text password from an expert script.

        `own` holds the stored passwords of the user it registers, which may be the same.
        """
        if not clear:
            return NO_PASSWORD if clear is None else PasswordEvidence(PasswordState.EMPTY)
        if not clear.strip("*"):
            return _ASTERISKS
        if _PLACEHOLDER.match(decoded := unquote_plus(clear)):
            clear = decoded
        compared = self._comparisons.compare_clear(clear.encode(), own)
        evidence, text = _clear(clear.encode(), compared)
        return (
            evidence if text is None else self._scored(evidence, ScoringJob(text, singles(words)))
        )

    def judge_pbx_password(self, administrator: str | None) -> PasswordEvidence:
        """Return evidence about the PBX password, as the `_ADMIN_` object has it.

        Its first 16 bytes are all that counts as a key. It is compared with the administrator's
        password if that is known.
        """
        evidence = self.look(self._admin_password)
        if self._pbx_password is None or evidence.state is not PasswordState.SET:
            return evidence
        key = _key_of(self._pbx_password)
        text = key.decode(errors="ignore")
        lower, upper = band(len(key))
        same = None
        if administrator is not None:
            same = _key_of(administrator) == key
        limited = replace(evidence, length_from=lower, length_to=upper, same_as_admin=same)
        return self._scored(limited, ScoringJob(text))

    def judge_administrator(self, password: str | None) -> PasswordEvidence | None:
        """Return evidence about the administrator's password, None if it was not handed over."""
        if password is None:
            return None
        if not password:
            return PasswordEvidence(PasswordState.EMPTY)
        lower, upper = band(len(password))
        evidence = PasswordEvidence(PasswordState.SET, length_from=lower, length_to=upper)
        return self._scored(evidence, ScoringJob(password))

    def judge_app_platform(
        self, app_platform: str | None, administrator: str | None
    ) -> PasswordEvidence | None:
        """Return how the App Platform's password compares; None if nobody handed it over.

        Of the PBX password only what counts as a key is compared.
        """
        if app_platform is None:
            return None
        pbx = self._pbx_password
        same = None if administrator is None else app_platform == administrator
        equals = None if pbx is None else _key_of(app_platform) == _key_of(pbx)
        return PasswordEvidence(PasswordState.SET, equals_pbx_password=equals, same_as_admin=same)

    def _scored(self, evidence: PasswordEvidence, job: ScoringJob) -> PasswordEvidence:
        (score,) = score_all(self._shared, [job], *_ALONE)
        return replace(
            evidence,
            score=score.value,
            guesses_log10=score.guesses_log10,
            patterns=score.patterns,
        )

    def _look(self, stored: str | None) -> tuple[PasswordEvidence, str | None]:
        """Return evidence without a score, and the clear text if there is one to score."""
        evidence = classify(stored)
        if stored is None or evidence.state is not PasswordState.SET:
            return evidence, None
        field = field_of(stored)
        if field is None and not is_tag(stored):
            return _UNREADABLE, None
        if self._opener is None or field is None:
            return self._closed(stored, field), None
        found, text = _clear(self._opener.open(field), self._comparisons.compare(stored))
        return self._intern(found), text

    def _closed(self, stored: str, field: bytes | None) -> PasswordEvidence:
        """Return evidence about a field, or None for a tag, that nobody can decrypt."""
        length = None if field is None else self._comparisons.lengths.length(field)
        compared = self._comparisons.compare(stored)
        known = self._known.get((length, compared))
        if known is None:
            lower, upper = band(length) if length else (None, None)
            known = self._known[length, compared] = PasswordEvidence(
                PasswordState.SET,
                length_from=lower,
                length_to=upper,
                estimated=length is not None,
                shared_with=compared.shared_with,
                equals_pbx_password=compared.equals_pbx,
                group=compared.group,
            )
        return known

    def _intern(self, evidence: PasswordEvidence) -> PasswordEvidence:
        """Return one and the same evidence for all that are equal, to save memory."""
        return self._known.setdefault(evidence, evidence)


def _key_of(password: str) -> bytes:
    """Return what counts of a PBX password."""
    return crypt.pad(password, _KEY_BYTES).rstrip(b"\0")


def _clear(clear: bytes, compared: SecretComparison) -> tuple[PasswordEvidence, str | None]:
    """Return evidence about a clear text without its score, and the text if it can be scored."""
    try:
        text = clear.decode()
    except UnicodeDecodeError:
        return _NO_TEXT, None
    if not text or _PLACEHOLDER.match(text):
        state = PasswordState.PLACEHOLDER if text else PasswordState.EMPTY
        shared = PasswordEvidence(
            state,
            shared_with=compared.shared_with,
            equals_pbx_password=compared.equals_pbx,
            group=compared.group,
        )
        return shared, None
    lower, upper = band(len(clear))
    evidence = PasswordEvidence(
        PasswordState.SET,
        length_from=lower,
        length_to=upper,
        shared_with=compared.shared_with,
        equals_pbx_password=compared.equals_pbx,
        group=compared.group,
    )
    return evidence, text
