"""Which entries of a dialect count for the boxes that were read, and what they show together.

An entry of one firmware train counts for that train only. Where a file of the site has another
entry than the bundled one, both are read: they have to agree, or nothing is known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from auditor.dialects import Dialect, SettingPlace
from auditor.messages.message import Message, say, template
from auditor.model.snapshot import CallFilter, Gap, Setting
from auditor.model.vocabulary import Area

# What does not fit the firmware trains that are shown, and the same if none is known.
_ROWS: Final = (
    template("the entry for its rows was learned on {firmware}, this is {shown}"),
    template("the entry for its rows was learned on {firmware}, this is an unknown train"),
)
_SINCE: Final = (
    template("where it is stored is known from {train} on, the boxes run {shown}"),
    template("where it is stored is known from {train} on, the boxes run an unknown train"),
)
_LEARNED: Final = (
    template("where it is stored was learned on {firmware}, the boxes run {shown}"),
    template("where it is stored was learned on {firmware}, the boxes run an unknown train"),
)
_LOOK = say("look at the box, and attest what applies")
_ADVICE = say("run `pbx-auditor learn` on a box of this train, or attest the value")


def only_of_trains(
    dialect: Dialect,
    trains: Collection[str],
    settings: Mapping[str, Setting],
    filters: tuple[CallFilter, ...],
    replaced: Mapping[str, Setting],
) -> tuple[dict[str, Setting], tuple[CallFilter, ...], list[Gap]]:
    """Return the settings and filters whose entry fits the boxes, and a gap for each other one.

    `replaced` is what entries show that the dialect has others for.
    """
    shown = ", ".join(sorted(trains))
    kept, gaps = _fitting(dialect.settings, trains, settings, shown)
    others, _ = _fitting(dialect.replaced, trains, replaced, shown)
    for fact, other in others.items():
        own_is_silent = fact not in kept and dialect.settings[fact].fits(trains)
        if own_is_silent and other.note:  # a default of a place that is not the one of this box
            gaps[fact] = _silent(fact, dialect.settings[fact], other)
            continue
        gaps.pop(fact, None)
        if fact not in kept:
            kept[fact] = other
        elif _contradict(kept[fact], other):
            gaps[fact] = _contradiction(fact, kept.pop(fact), other)
    rows = dialect.filter_rows
    if rows is None or rows.fits(trains):
        return kept, filters, [*gaps.values()]
    note = _on(shown, _ROWS, firmware=rows.firmware)
    misfit = _learned_elsewhere(Area.CALL_FILTERS, rows.firmware, shown)
    unread = tuple(replace(entry, rows=None, note=note) for entry in filters)
    return kept, unread, [*gaps.values(), misfit]


def _fitting(
    places: Mapping[str, SettingPlace],
    trains: Collection[str],
    settings: Mapping[str, Setting],
    shown: str,
) -> tuple[dict[str, Setting], dict[str, Gap]]:
    """Return settings without those whose entry does not fit, and a gap for each of these."""
    kept, gaps = dict(settings), {}
    for fact in [name for name in settings if name in places]:
        if places[fact].fits(trains):
            kept[fact] = _with_option(settings[fact], places[fact])
        else:
            gaps[fact] = _misfit(fact, places[fact], shown)
            del kept[fact]
    return kept, gaps


def with_looks(settings: Mapping[str, Setting], looks: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return settings with what looks at services showed; neither hides the other.

    A look shows one port from one place, so what a configuration says beside it stays.
    """
    merged = {**looks, **settings}
    for fact in [name for name in looks if name in settings]:
        values = dict.fromkeys([*settings[fact].values, *looks[fact].values])
        merged[fact] = replace(settings[fact], values=tuple(values), read_with=None)
    return merged


def _with_option(setting: Setting, place: SettingPlace) -> Setting:
    """Return a setting that says which option of which module it is, if it is one."""
    if place.place != "option" or not setting.line:
        return setting
    return replace(setting, option=(place.module, place.option.lstrip("/")))


def _contradict(one: Setting, other: Setting) -> bool:
    """Return whether two entries show different values; a default contradicts no stored value."""
    comparable = bool(other.note) <= bool(one.note)
    return comparable and set(one.values) != set(other.values)


def _contradiction(fact: str, one: Setting, other: Setting) -> Gap:
    return Gap(
        fact,
        say(
            "two places that were learned for it disagree: {one} and {other}",
            one=one.place,
            other=other.place,
        ),
        one.source,
        one.line,
        say("learn it again, or take one of the entries away"),
        doubtful=True,
    )


def _silent(fact: str, place: SettingPlace, other: Setting) -> Gap:
    """Return that the place of the site's entry is empty, and another one has a default only."""
    reason = say(
        "{place} is not there, and of the other place only a default is known",
        place=place.words,
    )
    return Gap(fact, reason, other.source, other.line, _LOOK)


def _misfit(fact: str, place: SettingPlace, shown: str) -> Gap:
    if place.firmware:
        return _learned_elsewhere(fact, place.firmware, shown)
    reason = _on(shown, _SINCE, train=place.since)
    return Gap(fact, reason, advice=_ADVICE)


def _learned_elsewhere(area: str, firmware: str, shown: str) -> Gap:
    reason = _on(shown, _LEARNED, firmware=firmware)
    return Gap(area, reason, advice=_ADVICE)


def _on(shown: str, templates: tuple[str, str], **parameters: str) -> Message:
    """Return that something does not fit the trains shown, which are none if none is known."""
    known, unknown = templates
    return say(known, **parameters, shown=shown) if shown else say(unknown, **parameters)
