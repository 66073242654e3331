"""What observations say is whole, and can be said in German."""

from __future__ import annotations

import re

from auditor.messages.message import PARTS, Message
from auditor.model.vocabulary import Grade, Verdict
from auditor.report.translation import german
from auditor.vulnerabilities import known_vulnerabilities

# Words that no value has: neither names nor numbers nor keys of the site file.
ENGLISH = re.compile(r"\b(the|is|are|was|were|not|no|of|and|or|it|that|this|which)\b")

FIELD = re.compile(r"\{(\w+)\}")

# What somebody else wrote: the records of vulnerabilities, and values of settings.
QUOTED = {
    *(entry.record for entry in known_vulnerabilities()),
    *("PBX and OAuth2", "the newest"),
}


def said_about(result):
    """Yield what a control says about subjects, and the names that it gives to them itself."""
    for finding in result.findings:
        seen = finding.observation
        yield seen.detail
        yield seen.remark
        if seen.subject.kind in {"area", "list", "role", "setting"}:
            yield seen.subject.name


def is_german(text):
    try:
        return bool((text if isinstance(text, Message) else Message(text)).told(german))
    except KeyError:
        return False


def values_in(said):
    """Yield the values in a statement: what no language translates."""
    for _, value in said.parameters if isinstance(said, Message) else ():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Message):
                yield from values_in(part)
            else:
                yield str(part)


def check_words(rule, results):
    english = {text for one in results for text in said_about(one) if text and not is_german(text)}
    reasons = {one.reason for one in results if one.reason and one.reason != rule.nothing_seen}
    english |= {reason for reason in reasons if not is_german(reason)}
    assert english == set()
    values = {value for one in results for text in said_about(one) for value in values_in(text)}
    assert {value for value in values if ENGLISH.search(value)} <= QUOTED


def is_filled(text):
    """Return whether each field of a template has its parameter."""
    if not isinstance(text, Message):
        return True
    parameters = dict(text.parameters)
    inner = [part for value in parameters.values() for part in (value, *as_tuple(value))]
    fields = set(FIELD.findall(text.template)) if PARTS not in parameters else set()
    return fields <= parameters.keys() and all(map(is_filled, inner))


def as_tuple(value):
    return value if isinstance(value, tuple) else ()


def check_whole(seen):
    fix = (seen.fix.wanted, seen.fix.by_hand) if seen.fix else ()
    assert all(map(is_filled, (seen.subject.name, seen.detail, seen.remark, *fix)))
    words = (seen.subject.kind, seen.subject.name, seen.detail, seen.property)
    assert all(isinstance(word, str) and word for word in words)
    assert isinstance(seen.subject.id, str)
    assert isinstance(seen.remark, str)
    said = (seen.subject.name, seen.detail, seen.remark)
    assert "None" not in {*words, *(value for text in said for value in values_in(text))}
    assert seen.fix is None or seen.verdict is Verdict.VIOLATED
    if seen.fix is not None:
        assert seen.fix.property
        assert isinstance(seen.fix.wanted, str)
    for one in seen.evidence:
        assert one.source
        assert one.line is None or one.line > 0
        assert isinstance(one.grade, Grade)
        texts = (one.object, one.attribute, one.value, one.via)
        assert all(text is None or isinstance(text, str) for text in texts)
        assert "None" not in {one.object, one.attribute, one.via}
