"""A digest in words, in the language of its recipient: what every channel shows in its own way.

Each text is one line in which nothing is hidden or active, whatever names are in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from auditor.fleet.history_model import State
from auditor.fleet.look_back.fleet_labels import STATES
from auditor.fleet.look_back.status_table import COUNTED
from auditor.fleet.outward.digest import digest_schema as v1
from auditor.fleet.outward.digest.moved import MovedLine, lines_of, place
from auditor.messages.languages import Language
from auditor.messages.message import Message, joined, say, say_count, template
from auditor.report.translation import plain

_KINDS: Final = {
    "waiver": template("waiver"),
    "attestation": template("attestation"),
    "certificate": template("certificate"),
}


class Section(NamedTuple):
    """A list under a heading; `more` is how many there are beside those that are listed."""

    heading: str
    lines: tuple[MovedLine, ...]
    more: int = 0


class Written(NamedTuple):
    """A digest in words: what it comes to in one line, what is to be said, lists, and the end."""

    language: Language
    subject: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: tuple[str, ...]


def written(digest: v1.Digest) -> Written:
    """Return a digest in words."""
    language = digest.terms.language

    def told(message: str) -> str:
        return plain(message, language).replace("\n", " ")

    sections = [
        section._replace(
            heading=told(section.heading),
            lines=tuple(one._replace(text=told(one.text)) for one in section.lines),
        )
        for section in _sections(digest)
        if section.lines or section.more
    ]
    lead = (told(one) for one in _lead(digest))
    subject = told(say("{fleet}: {text}", fleet=digest.fleet, text=_subject(digest)))
    return Written(
        language, subject, tuple(lead), tuple(sections), tuple(told(one) for one in _foot(digest))
    )


def and_more(count: int, language: Language) -> str:
    """Return that there are so many more than are shown."""
    return plain(say("and {count} more", count=count), language)


def said_again(told: Written, tries: int) -> Written:
    """Return a digest that says that it was sent before, and may have arrived."""
    again = say(
        "Sent again (try {tries}): if it is here already, it is the same message.", tries=tries
    )
    return told._replace(foot=(*told.foot, plain(again, told.language)))


def _subject(digest: v1.Digest) -> str:
    totals = digest.totals
    if not totals.pbxs:
        return say("there is no PBX to audit")
    news = [*_news(digest)]
    if digest.missed:
        late = say("no run since {day}", day=digest.day.isoformat())
        return _listed(late, *(news if digest.changed else _blind(digest)))
    if not digest.changed:
        unchanged = say(
            "unchanged: {audited} of {count} audited", audited=totals.audited, count=totals.pbxs
        )
        return _listed(unchanged, *_blind(digest))
    first = [say("first digest")] if digest.is_first else []
    return _listed(*first, *(news or [say("changed")]))


def _news(digest: v1.Digest) -> Iterator[Message]:
    """Yield what happened in numbers, the most urgent first; what is not read always counts."""
    if failed := digest.failed.total:
        yield (
            say_count("{count} control fails", "{count} controls fail", failed)
            if digest.is_first
            else say("{count} newly failed", count=failed)
        )
    yield from _blind(digest)
    if undecided := digest.undecided.total:
        yield say("{count} newly undecided", count=undecided)
    if ending := sum(one.news for one in digest.ending):
        yield say_count("{count} ends soon", "{count} end soon", ending)
    if fixed := digest.fixed.total:
        yield say("{count} fixed", count=fixed)
    if digest.others.read_again:
        yield _read_again(digest.others)


def _blind(digest: v1.Digest) -> Iterator[Message]:
    if digest.not_read:
        count = len(digest.not_read)
        yield say_count("{count} PBX not read", "{count} PBXs not read", count)
    if digest.conflicts:
        count = len(digest.conflicts)
        yield say_count("{count} other box", "{count} other boxes", count)


def _listed(*parts: str) -> str:
    return joined("{one}, {other}", parts)


def _lead(digest: v1.Digest) -> Iterator[Message | str]:
    totals = digest.totals
    if not totals.pbxs:
        yield say("The inventory has no PBX for this recipient, so nothing was audited.")
        return
    if digest.missed:
        yield say(
            "No run took place since {day}, so nobody knows what changed.",
            day=digest.day.isoformat(),
        )
    if digest.is_first:
        yield say("This is the first digest: everything that fails already is listed.")
    elif digest.changed:
        yield say("This changed since {day}.", day=(digest.since or digest.day).isoformat())
    elif not digest.missed:
        yield say(
            "Nothing changed since {day}. What failed before fails still.",
            day=(digest.since or digest.day).isoformat(),
        )
    yield say(
        "Run {run} on {day} audited {audited} of {count} PBXs: {states}.",
        run=str(digest.run),
        day=digest.day.isoformat(),
        audited=totals.audited,
        count=totals.pbxs,
        states=joined("{one}, {other}", tuple(_standing(totals))),
    )
    yield from digest.remarks


def _standing(totals: v1.Totals) -> Iterator[Message]:
    """Yield how many PBXs stand how, which adds up to all of them."""
    for state, count in (
        (State.FAILED, totals.failed),
        (State.INCOMPLETE, totals.incomplete),
        (State.COMPLIANT, totals.compliant),
    ):
        if count:
            yield say(COUNTED[state], count=count)
    if totals.not_known:
        yield say_count(
            "{count} of which nobody knows how it stands",
            "{count} of which nobody knows how they stand",
            totals.not_known,
        )


def _sections(digest: v1.Digest) -> Iterator[Section]:
    """Yield what there is to tell, in the order in which it needs somebody."""
    yield _moves(say("Failed") if digest.is_first else say("Newly failed"), digest.failed)
    yield _blind_ones(say("PBXs that were not read"), digest.not_read)
    yield _blind_ones(say("Another box answered"), digest.conflicts)
    yield _moves(say("Undecided, and was decided before"), digest.undecided)
    yield Section(say("Ends within 30 days"), tuple(map(_ends, digest.ending)))
    fixed = _moves(say("Fixed"), digest.fixed)
    yield fixed._replace(lines=tuple(MovedLine(one.text) for one in fixed.lines))
    yield Section(say("Also"), tuple(map(MovedLine, _also(digest.others))))


def _moves(heading: Message, moves: v1.Moves) -> Section:
    lines = tuple(lines_of(moves.controls))
    if moves.minor:
        minor = say_count("{count} less severe one", "{count} less severe ones", moves.minor)
        lines = (*lines, MovedLine(minor))
    return Section(heading, lines, moves.more)


def _blind_ones(heading: Message, pbxs: Iterable[v1.NotRead]) -> Section:
    return Section(heading, tuple(MovedLine(_not_read(one)) for one in pbxs))


def _not_read(one: v1.NotRead) -> Message:
    told = say(
        "{place}: {state}",
        place=place(one.tenant, one.name),
        state=Message(STATES[one.state]),
    )
    if one.since is not None:
        told = say("{text} since {day}", text=told, day=one.since.isoformat())
    if one.last_success is not None:
        day = one.last_success.isoformat()
        told = say("{text}, last audited on {day}", text=told, day=day)
    if one.reason:
        told = say("{text}: {reason}", text=told, reason=one.reason)
    return told


def _ends(one: v1.Ending) -> MovedLine:
    kind = Message(_KINDS[one.kind]) if one.kind in _KINDS else one.kind
    told = say(
        "{day}: {place}: {kind}",
        day=one.ends.isoformat(),
        place=place(one.tenant, one.pbx_name or one.pbx),
        kind=kind,
    )
    return MovedLine(say("{text} {name}", text=told, name=one.name) if one.name else told)


def _read_again(others: v1.Others) -> Message:
    return say_count("{count} PBX read again", "{count} PBXs read again", others.read_again)


def _also(others: v1.Others) -> Iterator[Message]:
    if others.read_again:
        yield _read_again(others)
    if others.accepted:
        yield say_count(
            "{count} control accepted by a waiver",
            "{count} controls accepted by waivers",
            others.accepted,
        )
    if others.decided:
        yield say_count(
            "{count} control decided that was undecided",
            "{count} controls decided that were undecided",
            others.decided,
        )
    if others.not_asked:
        yield say_count(
            "{count} control no longer asked", "{count} controls no longer asked", others.not_asked
        )


def _foot(digest: v1.Digest) -> Iterator[Message]:
    if not digest.terms.details:
        yield say("Users and objects are named in the reports only.")
    yield say(
        "pbx-auditor sends this to {recipient} after each run, also if nothing changed: if it does"
        " not come, no run took place.",
        recipient=digest.recipient,
    )
