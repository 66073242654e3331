"""A learned place as an entry of a site dialect: proven by reading with it, then written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from auditor.dialects import (
    FILE_SUFFIX,
    Dialect,
    FilterRowPlace,
    SettingPlace,
    is_taken,
    load_dialect,
    read_dialect,
)
from auditor.errors import InputError, OptionPlace, SourceError
from auditor.facts import UNCLEAR, known_facts
from auditor.files.os_reasons import why
from auditor.files.toml_reading import read_text
from auditor.files.toml_writing import assignments, quoted
from auditor.files.writing import mode_of, write_file
from auditor.learning.find import FILTER_ROWS, find_place
from auditor.learning.leaves import Leaves, read_leaves
from auditor.learning.question import LearnError, Question
from auditor.messages.message import Message, say
from auditor.sources.parse.configuration import read_configuration

BASE: Final = "documented"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who learned an entry and when; the firmware train comes from the configuration."""

    by: str
    on: date


def learn_into(
    file: Path, pair: tuple[bytes, bytes], question: Question, provenance: Provenance
) -> SettingPlace | FilterRowPlace:
    """Return the place of a fact, proven, and add it to a dialect; two configurations show it.

    Raises LearnError if it is not clear, and what `add_to_file` raises.
    """
    before, after = pair
    place = learn(
        read_leaves([before], OptionPlace("--before")),
        read_leaves([after], OptionPlace("--after")),
        question,
        provenance,
    )
    prove(place, [after], question)
    add_to_file(file, question.fact, place)
    return place


def learn(
    before: Leaves, after: Leaves, question: Question, provenance: Provenance
) -> SettingPlace | FilterRowPlace:
    """Return the place of a fact with its provenance. Raises LearnError."""
    train = after.box.firmware.partition(" ")[0]
    if not train:
        raise LearnError(
            say(
                "the configuration does not say which firmware it is of (its second line is "
                "missing)"
            ),
            where=OptionPlace("--after"),
            advice=say("save the whole configuration from the PBX again (/cfg.txt)"),
        )
    if train != before.box.firmware.partition(" ")[0]:
        raise LearnError(
            say("the two configurations are of different firmware"),
            where=OptionPlace("--before"),
            advice=say("save both on the same box, before and after the change"),
        )
    place = find_place(before, after, question)
    return place.model_copy(
        update={"firmware": train, "learned_on": provenance.on, "learned_by": provenance.by}
    )


def prove(
    place: SettingPlace | FilterRowPlace, blocks: Iterable[bytes], question: Question
) -> tuple[str, ...]:
    """Return what a configuration shows of the fact if it is read with the new entry.

    Raises LearnError if that is not what was entered, or cannot be read at all.
    """
    base = load_dialect(BASE)
    reading = read_configuration(
        blocks, OptionPlace("--after"), with_entry(base, question.fact, place)
    )
    if question.fact == FILTER_ROWS:
        rows = [row for entry in reading.filters for row in entry.rows or ()]
        seen = tuple(row.number for row in rows)
        unread = [entry.name for entry in reading.filters if entry.rows is None]
        if question.marker not in seen or unread:
            names = ", ".join(unread) or say("none")
            raise _unproven(say("filters that cannot be read with it: {names}", names=names))
        return seen
    setting = reading.settings.get(question.fact)
    reasons = [gap.reason for gap in reading.gaps if gap.area == question.fact]
    if setting is None or (reasons and UNCLEAR in setting.values):
        raise _unproven(reasons[0] if reasons else say("it shows nothing"))
    fact = known_facts()[question.fact]
    marker = fact.reduce(question.marker)
    if not any(value == marker or value.startswith(f"{marker}/") for value in setting.values):
        raise _unproven(say("it shows another value than the marker"))
    return setting.values


def _unproven(reason: Message) -> LearnError:
    return LearnError(
        say(
            "the place was found, but reading with it does not show the marker: {reason}",
            reason=reason,
        ),
        where=OptionPlace("--after"),
        advice=say("report this place, so that a later version can read it"),
    )


def with_entry(base: Dialect, fact: str, place: SettingPlace | FilterRowPlace) -> Dialect:
    """Return a dialect with one more entry."""
    if isinstance(place, FilterRowPlace):
        return base.model_copy(update={"filter_rows": place})
    return base.model_copy(update={"settings": {**base.settings, fact: place}})


def add_to_file(path: Path, fact: str, place: SettingPlace | FilterRowPlace) -> None:
    """Append an entry to a site dialect, or begin one; what stands there stays as it is.

    Raises InputError if the file cannot take it, RuleDocumentError if it is no dialect,
    OutputError.
    """
    if path.suffix != FILE_SUFFIX:
        advice = say("the name of a dialect ends in {suffix}", suffix=FILE_SUFFIX)
        raise InputError(say("this is no place for a dialect"), where=str(path), advice=advice)
    text = ""
    if path.exists():
        load_dialect(str(path))
        known = read_dialect(path)
        there = known.filter_rows is not None if fact == FILTER_ROWS else fact in known.settings
        if there:
            raise InputError(
                say("the dialect has an entry for {fact} already", fact=fact),
                where=str(path),
                advice=say("remove its table from the file first, or write to another file"),
            )
        text = read_text(path, InputError, say("the dialect"), OptionPlace("-o")).rstrip() + "\n"
    else:
        text = "\n".join(_head(path.stem)) + "\n"
    table = "filter_rows" if fact == FILTER_ROWS else f"settings.{fact}"
    lines = [text, f"[{table}]", *assignments(place.model_dump(exclude_defaults=True)), ""]
    write_file(path, "\n".join(lines).encode(), mode_of(path))


def _head(name: str) -> Iterator[str]:
    yield "# Where boxes of this site store settings, as `pbx-auditor learn` found them."
    yield f"name = {quoted(f'site-{name}' if is_taken(name) else name)}"
    yield 'description = "Learned on boxes of this site"'
    yield f"extends = {quoted(BASE)}"


def read_file(path: Path) -> Iterator[bytes]:
    """Yield the content of a file. Raises SourceError."""
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                yield block
    except OSError as error:
        raise SourceError(
            say("the file cannot be read ({why})", why=why(error)),
            where=str(path),
            advice=say("give the cfg.txt of the box, as Save config delivers it"),
        ) from None
