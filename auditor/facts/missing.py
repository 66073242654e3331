"""What is said of a fact that nothing shows: why that is so, and what to do about it."""

from __future__ import annotations

from auditor.facts import Fact, Scope, known_facts
from auditor.messages.labels import name_in_words
from auditor.messages.message import Message, say


def label_of(fact: Fact) -> Message:
    """Return the words by which a person finds a fact."""
    return say(fact.label)


def name_of(area: str) -> Message:
    """Return what people call a fact, or an area of what there is to read."""
    fact = known_facts().get(area)
    return label_of(fact) if fact else say(name_in_words(area))


def why_missing(fact: Fact) -> Message:
    """Return why nothing shows a fact, if nothing does."""
    if fact.scope is Scope.PEOPLE:
        return say("no interface shows this; only a person can state it")
    if fact.scope is Scope.DEVICES:
        return say("the box does not show it; Devices does, where it rolls it out to all phones")
    if fact.scope is Scope.HANDED_OVER:
        return say("nobody handed it over")
    if fact.scope is Scope.LOOK:
        return say("nothing showed it: that takes a live audit, or a whole cfg.txt")
    return say("it was not found; perhaps where it is stored is not documented")


def advice(fact: Fact) -> Message:
    """Return what to do if nothing shows a fact."""
    if fact.scope is Scope.HANDED_OVER:
        return say("set {place}; it is never sent and never stored", place=say(fact.ui_path))
    key = f"[facts.{fact.name}]"
    if fact.scope is Scope.PEOPLE:
        return say("find out and attest it in the site file, {key}", key=key)
    if fact.scope is Scope.DEVICES:
        return say(
            "read the box through Devices, or find out and attest it in the site file, {key}",
            key=key,
        )
    return say(
        "look at {place} and attest what it shows in the site file, {key}",
        place=say(fact.ui_path),
        key=key,
    )
