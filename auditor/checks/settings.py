"""Settings judged by their value: checks that many controls share, each with its own fact.

The parameter `fact` names what is judged (see `auditor.facts`). A fact that nothing shows yields no
observation here: the engine says that it is missing, so nothing can pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Self

from auditor.checks.support.observe import compliant, undetermined, violated
from auditor.checks.support.parameters import ParameterError, Parameters
from auditor.facts import FALSE, TRUE, Fact, FactKind, Scope, SecretState, known_facts
from auditor.facts.missing import advice as advice_on
from auditor.facts.missing import label_of, why_missing
from auditor.messages.message import Message, joined, say, together
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import Setting
from auditor.pbx.view import AuditView

FACT: Final = "fact"
_MAX_DIGITS: Final = 9
_WORDS: Final = {TRUE: say("on"), FALSE: say("off")}
# What a look at a service came to.
_LOOKED: Final = {
    "closed": say("it is closed"),
    "open": say("it is open"),
    "answers": say("it answers"),
    "redirects to HTTPS": say("it redirects to HTTPS"),
    "asks for a login": say("it asks for a login"),
}
NO_VALUE: Final = say("there is no value")
NOT_SET: Final = say("it is not set")
_EMPTY: Final = say("it is empty")


def fact_of(view: AuditView, parameters: Parameters) -> tuple[Fact, Setting | None]:
    """Return the fact that a control is about, and what is known of it. Raises ParameterError."""
    name = parameters.text(FACT)
    fact = known_facts().get(name)
    if fact is None:
        raise ParameterError(f"there is no fact {name}")
    return fact, view.snapshot.settings.get(name)


def about_fact(fact: Fact) -> Subject:
    """Return a fact as a subject."""
    return Subject("setting", fact.name, label_of(fact))


def unknown_fact(view: AuditView, fact: Fact) -> Observation:
    """Return that nothing shows a fact, or what contradicts itself, and what to do about it."""
    reason, advice = why_missing(fact), advice_on(fact)
    doubts = [gap for gap in view.snapshot.gaps_in(fact.name) if gap.doubtful]
    for gap in doubts[:1]:
        reason, advice = gap.reason, gap.advice or advice
    detail = say("{reason}. What to do: {advice}", reason=reason, advice=advice)
    return undetermined(about_fact(fact), fact.name, detail)


def note_of(setting: Setting) -> Message:
    """Return what was noted about a setting when it was read or attested."""
    return setting.note


def with_note(detail: Message, note: Message) -> Message:
    """Return a detail with what was noted about the setting: only a compliant one has remarks."""
    return together(detail, note)


def setting_evidence(setting: Setting, value: str) -> Evidence:
    """Return where the value of a setting was read."""
    return Evidence(
        setting.source, setting.line or None, None, setting.place, value, grade=setting.grade
    )


def flag_is(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a check mark, or the answer to a question; several boxes must all agree."""
    fact, setting = fact_of(view, parameters)
    if setting is not None:
        yield judge_flag(fact, setting, wanted=parameters.flag("wanted"))


def judge_flag(fact: Fact, setting: Setting, *, wanted: bool) -> Observation:
    """Return what the values of a check mark come to."""
    judged, word = Judged(fact, setting), TRUE if wanted else FALSE
    unclear = [value for value in setting.values if value not in _WORDS]
    wrong = [value for value in setting.values if value in _WORDS and value != word]
    if wrong:
        return judged.violated(_is(fact, wrong[0]), _WORDS[word])
    if unclear or not setting.values:
        return judged.undetermined(
            say("the value is neither true nor false, so its meaning is not known")
        )
    return judged.compliant(_is(fact, word))


def _is(fact: Fact, value: str) -> Message:
    """Return that a check mark is set or not, or how a person answered a question."""
    if fact.scope in {Scope.PEOPLE, Scope.DEVICES}:
        return say("yes") if value == TRUE else say("no")
    return say("it is on") if value == TRUE else say("it is off")


def one_of_flags_is(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge several check marks: one of `accepted`, each like `snmp_v1 = false`, is enough."""
    marks = [Mark.of(view, text) for text in parameters.names("accepted")]
    known = [(mark, mark.setting) for mark in marks if mark.setting is not None]
    if not known:
        return
    for mark, setting in known:
        if mark.holds:
            yield Judged(mark.fact, setting).compliant(_is(mark.fact, mark.wanted))
            return
    judged = Judged(known[0][0].fact, known[0][1])
    open_mark = next((mark for mark in marks if mark.holds is None), None)
    if open_mark is not None:
        yield judged.undetermined(_depends_on(open_mark, known[0][0]))
        return
    wanted = joined("{one}, or {other}", [mark.words for mark in marks])
    yield judged.violated(say("none of this is so: {wanted}", wanted=wanted), wanted)


def _depends_on(mark: Mark, shown: Mark) -> Message:
    """Return that all depends on a mark, which is named unless the observation is about it."""
    if mark.fact == shown.fact:
        return say("that depends on it alone, and it is not clear")
    return say("that depends on {label}, which is not clear", label=label_of(mark.fact))


class Mark(NamedTuple):
    """A check mark, and the value with which all is well."""

    fact: Fact
    wanted: str
    setting: Setting | None

    @classmethod
    def of(cls, view: AuditView, text: str) -> Self:
        """Return a mark from a text like `snmp_v1 = false`. Raises ParameterError."""
        name, _, wanted = (part.strip() for part in text.partition("="))
        fact = known_facts().get(name)
        if fact is None or wanted not in _WORDS:
            raise ParameterError(f"{text} names no fact and value")
        return cls(fact, wanted, view.snapshot.settings.get(name))

    @property
    def words(self) -> Message:
        """Return the mark with its value, as a person reads it in the menus."""
        label = label_of(self.fact)
        if self.wanted == TRUE:
            return say("{label} on", label=label)
        return say("{label} off", label=label)

    @property
    def holds(self) -> bool | None:
        """Return whether every box has the wanted value; None if some have, or it is not clear."""
        values = set(self.setting.values) if self.setting is not None else set()
        if len(values) != 1 or not values <= set(_WORDS):
            return None
        return values == {self.wanted}


def number_is_between(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a number: not below `minimum` and not above `maximum`; every box counts."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = Judged(fact, setting)
    low, high = parameters.integer("minimum"), parameters.integer("maximum")
    if not setting.values or not all(v.isascii() and v.isdigit() for v in setting.values):
        yield judged.undetermined(say("the value is not a number, so what it does is not known"))
        return
    numbers = [int(value.lstrip("0")[:_MAX_DIGITS] or "0") for value in setting.values]
    wrong = [number for number in numbers if not low <= number <= high]
    if wrong:
        wanted = str(low) if low == high else say("{low} to {high}", low=low, high=high)
        detail = say("the value is {value}, expected is {wanted}", value=max(wrong), wanted=wanted)
        yield judged.violated(detail, wanted)
    else:
        yield judged.compliant(_has(fact, map(str, sorted(set(numbers)))))


def _has(fact: Fact, values: Iterable[str]) -> Message:
    """Return the values of a fact; of a look at a service, what it did."""
    shown = ", ".join(values)
    if fact.scope is Scope.LOOK and shown in _LOOKED:
        return _LOOKED[shown]
    return say("the value is {value}", value=shown)


def text_is_one_of(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a text: it is one of `allowed`, regardless of case."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = Judged(fact, setting)
    allowed = {text.casefold() for text in parameters.names("allowed")}
    wrong = [value for value in setting.values if value.strip().casefold() not in allowed]
    if wrong:
        wanted = ", ".join(parameters.names("allowed"))
        detail = _has(fact, [wrong[0]]) if wrong[0] else _EMPTY
        yield judged.violated(detail, wanted)
    elif not setting.values:
        yield judged.undetermined(NO_VALUE)
    else:
        yield judged.compliant(_has(fact, setting.values))


def text_is_set(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a text: it says something, and is none of the words of `nothing`; every box counts."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = Judged(fact, setting)
    if not setting.values:
        yield judged.undetermined(NO_VALUE)
    elif any(says_nothing(value, parameters.names("nothing")) for value in setting.values):
        yield judged.violated(NOT_SET, say("an address"))
    else:
        yield judged.compliant(_has(fact, setting.values))


def says_nothing(value: str, nothing: Iterable[str]) -> bool:
    """Return whether a text is empty, or one of the words that stand for nothing."""
    return value.strip().casefold() in {"", *(word.casefold() for word in nothing)}


def secret_is_changed(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a secret by what is known of it: neither empty nor a published default."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = Judged(fact, setting)
    if SecretState.DEFAULT in setting.values:
        detail = say("it is the published default")
        yield judged.violated(detail, say("a value of its own"))
    elif SecretState.EMPTY in setting.values:
        yield judged.violated(_EMPTY, say("a value of its own"))
    elif setting.values and set(setting.values) == {SecretState.SET}:
        yield judged.compliant(say("it is set, and is not the published default"))
    else:
        yield judged.undetermined(say("whether it was changed is not known"))


def secret_is_empty(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a secret that should not be there at all by what is known of it."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = Judged(fact, setting)
    if not {SecretState.SET, SecretState.DEFAULT}.isdisjoint(setting.values):
        yield judged.violated(say("it is set"), say("nothing"))
    elif setting.values and set(setting.values) == {SecretState.EMPTY}:
        yield judged.compliant(NOT_SET)
    else:
        yield judged.undetermined(say("whether it is set is not known"))


class Judged:
    """A fact with its setting, and the observations that can be made of it."""

    def __init__(self, fact: Fact, setting: Setting) -> None:
        self._fact = fact
        self._note = note_of(setting)
        self._shown = ", ".join(setting.values)
        self._evidence = [setting_evidence(setting, self._shown)]

    def rests_on(self, setting: Setting | None) -> None:
        """Show where another setting was read, on which the verdict rests too."""
        if setting is not None:
            self._evidence.append(setting_evidence(setting, ", ".join(setting.values)))

    @property
    def _seen(self) -> str:
        """Return what was seen; of a secret, what is known of it."""
        is_state = self._fact.kind is FactKind.SECRET and self._shown in set(SecretState)
        return SecretState(self._shown) if is_state else self._shown

    def violated(self, detail: Message, wanted: str) -> Observation:
        """Return that the value is not as it should be."""
        fix = Fix(self._fact.name, self._seen, wanted)
        said = with_note(detail, self._note)
        return violated(about_fact(self._fact), self._fact.name, said, self._evidence, fix)

    def undetermined(self, detail: Message) -> Observation:
        """Return that the value decides nothing."""
        said = with_note(detail, self._note)
        return undetermined(about_fact(self._fact), self._fact.name, said, self._evidence)

    def compliant(self, detail: Message) -> Observation:
        """Return that the value is as it should be."""
        name = self._fact.name
        return compliant(about_fact(self._fact), name, detail, self._evidence, self._note)
