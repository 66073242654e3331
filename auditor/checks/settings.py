"""Settings judged by their value: checks that many controls share, each with its own fact.

The parameter `fact` names what is judged (see `auditor.facts`). A fact that nothing shows yields no
observation here: the engine says that it is missing, so nothing can pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

from auditor.checks.observe import compliant, undetermined, violated
from auditor.checks.parameters import ParameterError, Parameters
from auditor.facts import DEFAULT, EMPTY, FALSE, SET, TRUE, Fact, known_facts
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import Setting
from auditor.view import AuditView

FACT: Final = "fact"
_MAX_DIGITS: Final = 9
_WORDS: Final = {TRUE: "on", FALSE: "off"}
_HTTPS: Final = "https"


def fact_of(view: AuditView, parameters: Parameters) -> tuple[Fact, Setting | None]:
    """Return the fact that a control is about, and what is known of it. Raises ParameterError."""
    name = parameters.text(FACT)
    fact = known_facts().get(name)
    if fact is None:
        raise ParameterError(f"there is no fact {name}")
    return fact, view.snapshot.settings.get(name)


def about_fact(fact: Fact) -> Subject:
    """Return a fact as a subject."""
    return Subject("setting", fact.name, fact.label)


def unknown_fact(fact: Fact) -> Observation:
    """Return that nothing shows a fact, and what to do about it."""
    detail = f"{fact.why_missing}. What to do: {fact.advice}"
    return undetermined(about_fact(fact), fact.name, detail)


def setting_evidence(setting: Setting, value: str) -> Evidence:
    """Return where the value of a setting was read."""
    return Evidence(
        setting.source, setting.line or None, None, setting.place, value, grade=setting.grade
    )


def flag_is(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a check mark, or the answer to a question; several boxes must all agree."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    wanted = TRUE if parameters.flag("wanted") else FALSE
    judged = _Judged(fact, setting)
    unclear = [value for value in setting.values if value not in _WORDS]
    wrong = [value for value in setting.values if value in _WORDS and value != wanted]
    if wrong:
        yield judged.violated(f"{fact.label} is {_WORDS[wrong[0]]}", _WORDS[wanted])
    elif unclear or not setting.values:
        yield judged.undetermined(
            "the value is neither true nor false, so its meaning is not known"
        )
    else:
        yield judged.compliant(f"{fact.label} is {_WORDS[wanted]}")


def one_of_flags_is(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge several check marks: one of `accepted`, each like `snmp_v1 = false`, is enough."""
    marks = [_Mark.of(view, text) for text in parameters.names("accepted")]
    known = [(mark, mark.setting) for mark in marks if mark.setting is not None]
    if not known:
        return
    for mark, setting in known:
        if mark.holds:
            detail = f"{mark.fact.label} is {_WORDS[mark.wanted]}"
            yield _Judged(mark.fact, setting).compliant(detail)
            return
    judged = _Judged(known[0][0].fact, known[0][1])
    open_mark = next((mark for mark in marks if mark.holds is None), None)
    if open_mark is not None:
        yield judged.undetermined(f"that depends on {open_mark.fact.label}, which is not clear")
        return
    wanted = ", or ".join(f"{mark.fact.label} {_WORDS[mark.wanted]}" for mark in marks)
    yield judged.violated(f"none of this is so: {wanted}", wanted)


class _Mark(NamedTuple):
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
    judged = _Judged(fact, setting)
    low, high = parameters.integer("minimum"), parameters.integer("maximum")
    if not setting.values or not all(v.isascii() and v.isdigit() for v in setting.values):
        yield judged.undetermined("the value is not a number, so what it does is not known")
        return
    numbers = [int(value.lstrip("0")[:_MAX_DIGITS] or "0") for value in setting.values]
    wrong = [number for number in numbers if not low <= number <= high]
    if wrong:
        wanted = str(low) if low == high else f"{low} to {high}"
        yield judged.violated(f"{fact.label} is {max(wrong)}, expected is {wanted}", wanted)
    else:
        yield judged.compliant(f"{fact.label} is {', '.join(map(str, sorted(set(numbers))))}")


def text_is_one_of(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a text: it is one of `allowed`, regardless of case."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = _Judged(fact, setting)
    allowed = {text.casefold() for text in parameters.names("allowed")}
    wrong = [value for value in setting.values if value.strip().casefold() not in allowed]
    if wrong:
        wanted = ", ".join(parameters.names("allowed"))
        yield judged.violated(f"{fact.label} is {wrong[0] or 'empty'}", wanted)
    elif not setting.values:
        yield judged.undetermined("there is no value")
    else:
        yield judged.compliant(f"{fact.label} is {', '.join(setting.values)}")


def text_is_set(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a text: it says something, and is none of the words of `nothing`; every box counts."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = _Judged(fact, setting)
    if not setting.values:
        yield judged.undetermined("there is no value")
    elif any(says_nothing(value, parameters.names("nothing")) for value in setting.values):
        yield judged.violated(f"{fact.label} is not set", "an address")
    else:
        yield judged.compliant(f"{fact.label} is {', '.join(setting.values)}")


def says_nothing(value: str, nothing: Iterable[str]) -> bool:
    """Return whether a text is empty, or one of the words that stand for nothing."""
    return value.strip().casefold() in {"", *(word.casefold() for word in nothing)}


def secret_is_changed(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a secret by what is known of it: neither empty nor a published default."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = _Judged(fact, setting)
    if DEFAULT in setting.values:
        yield judged.violated(f"{fact.label} is the published default", "a value of its own")
    elif EMPTY in setting.values:
        yield judged.violated(f"{fact.label} is empty", "a value of its own")
    elif setting.values and set(setting.values) == {SET}:
        yield judged.compliant(f"{fact.label} is set, and is not the published default")
    else:
        yield judged.undetermined(f"whether {fact.label} was changed is not known")


def secret_is_empty(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a secret that should not be there at all by what is known of it."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = _Judged(fact, setting)
    if not {SET, DEFAULT}.isdisjoint(setting.values):
        yield judged.violated(f"{fact.label} is set", "nothing")
    elif setting.values and set(setting.values) == {EMPTY}:
        yield judged.compliant(f"{fact.label} is not set")
    else:
        yield judged.undetermined(f"whether {fact.label} is set is not known")


def url_is_https(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge an address: it is empty, or of HTTPS."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    judged = _Judged(fact, setting)
    used = [value for value in setting.values if value != EMPTY]
    schemes = [urlsplit(value).scheme.lower() for value in used]
    plain = [scheme for scheme in schemes if scheme not in {"", _HTTPS}]
    if plain:
        yield judged.violated(f"{fact.label} is fetched by {plain[0]}, without TLS", "https://…")
    elif not all(schemes):
        yield judged.undetermined("the address cannot be understood")
    elif used:
        yield judged.compliant(f"{fact.label} is fetched by HTTPS")
    else:
        yield judged.compliant(f"{fact.label} is not set")


class _Judged:
    """A fact with its setting, and the observations that can be made of it."""

    def __init__(self, fact: Fact, setting: Setting) -> None:
        self._fact = fact
        self._setting = setting
        self._shown = ", ".join(setting.values)
        self._evidence = [setting_evidence(setting, self._shown)]

    def violated(self, detail: str, wanted: str) -> Observation:
        """Return that the value is not as it should be."""
        fix = Fix(self._fact.name, self._shown, wanted)
        return violated(about_fact(self._fact), self._fact.name, detail, self._evidence, fix)

    def undetermined(self, detail: str) -> Observation:
        """Return that the value decides nothing."""
        return undetermined(about_fact(self._fact), self._fact.name, detail, self._evidence)

    def compliant(self, detail: str) -> Observation:
        """Return that the value is as it should be."""
        name, note = self._fact.name, self._setting.note
        return compliant(about_fact(self._fact), name, detail, self._evidence, note)
