"""The controls of a report for a terminal, by what became of them, each with where it was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from auditor.messages.both import Both
from auditor.messages.message import Message, say, say_count, template
from auditor.report.formats.terminal_places import Documents, Snippets
from auditor.report.formats.terminal_style import Amount, Look
from auditor.report.prose import reason_of, remedy_of, title_of
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import NOT_DECIDED, by_urgency

_MOST_FINDINGS: Final = 3
_DETAIL_LIMIT: Final = 400
# A reason of fewer characters is said again sooner than where to find it.
_LONG_REASON: Final = 60
_FIX_LIMIT: Final = 220
# A sentence ends behind two letters, and before a capital, so that no "z. B." ends one.
_SENTENCE: Final = r"(?<=\S{2}[.!?])\s+(?=[A-ZÄÖÜ\"„(])"

# What is open comes first; what a reader need not act upon is counted, and listed if asked for.
_GROUPS: Final = (
    (template("Failed ({count})"), ("failed",)),
    (template("Could not be decided ({count})"), ("error", "unknown")),
    (template("For people ({count})"), ("manual",)),
    (template("Accepted ({count})"), ("waived",)),
    (template("Passed ({count})"), ("passed",)),
    (template("Not applicable ({count})"), ("not-applicable",)),
)
_UNDECIDED: Final = (("error", "unknown"), ("manual",))
_SETTLED: Final = frozenset({"passed", "not-applicable"})
_WANTED: Final = {
    "failed": ("violated", False),
    "waived": ("violated", True),
    "error": ("undetermined", False),
    "unknown": ("undetermined", False),
    "manual": ("undetermined", False),
}


class Findings:
    """Shows the controls of one report."""

    def __init__(
        self,
        report: v1.Report,
        sentences: Sentences,
        look: Look,
        documents: Documents,
        amount: Amount,
    ) -> None:
        self._results = sorted(report.results, key=by_urgency)
        self._sentences = sentences
        self._look = look
        self._snippets = Snippets(report, documents, self._sentences, look)
        self._everything = amount is Amount.VERBOSE
        self._shared = {} if self._everything else self._told_alike()
        self._first_with = {} if self._everything else self._told_first()

    def blocks(self) -> Iterator[list[str]]:
        """Yield each group of controls as blocks of lines, a heading before the first of each."""
        for heading, statuses in _GROUPS:
            group = [one for one in self._results if one.status in statuses]
            if not group:
                continue
            title = self._look.text(Message(heading, {"count": len(group)}))
            if statuses[0] in _SETTLED and not self._everything:
                yield self._counted(title, group)
                continue
            yield [self._look.paint(title, "heading")]
            for result in group:
                yield list(self._control(result))

    def _counted(self, title: str, group: Iterable[v1.Result]) -> list[str]:
        names = ", ".join(self._named(one) for one in group)
        lines = self._look.wrap(f"{title}: {names}", rest="  ")
        lines[0] = lines[0].replace(title, self._look.paint(title, "heading"), 1)
        return lines

    def _named(self, result: v1.Result) -> str:
        name = self._look.text(result.id)
        if not result.remarks:
            return name
        return self._look.say("{name} (with remarks)", name=name)

    def _control(self, result: v1.Result) -> Iterator[str]:
        yield from self._head(result)
        reason = reason_of(result, self._sentences)
        if reason is not None:
            yield from self._look.wrap(
                self._look.text(reason, _DETAIL_LIMIT), first="  ", rest="  "
            )
        found, shown = self._findings(result)
        for seen in shown:
            alike = self._shared.get(_key(seen), []) if _is_bare(seen) else []
            if told := self._told_before(seen, result.id):
                name = self._look.text(self._sentences.label(seen.subject))
                yield from self._look.wrap(f"{name}: {told}", first="  ", rest="  ")
                continue
            yield from self._finding(seen, result)
            if alike:
                names = ", ".join(alike[1:])
                note = self._look.say("the same leaves open {names}", names=names)
                yield from self._snippets.note(self._look.say("note"), note)
        yield from self._left_out(result, found, shown)
        if result.status == "failed":
            yield from self._fix(result)

    def _head(self, result: v1.Result) -> Iterator[str]:
        severity, name = self._look.word(result.severity), self._look.text(result.id)
        label = f"{severity}[{name}]:"
        title = self._look.text(title_of(result))
        if result.remarks:
            title = self._look.say("{name} (with remarks)", name=title)
        lines = self._look.wrap(f"{label} {title}", rest="  ")
        if lines and lines[0].startswith(label):
            painted = self._look.paint(severity, result.severity)
            lines[0] = f"{painted}{lines[0][len(severity) :]}"
        yield from lines

    def _findings(
        self, result: v1.Result
    ) -> tuple[Sequence[v1.Observation], Sequence[v1.Observation]]:
        """Return what was found of a control, and what of it is shown."""
        found = self._found(result)
        if result.reason and not self._everything and result.status in NOT_DECIDED:
            found = []
        return found, found if self._everything else found[:_MOST_FINDINGS]

    def _told_alike(self) -> dict[tuple[str, str], list[str]]:
        """Return the controls that are left open by the same, by what is told of it.

        It is told of the first of them. What has a place or a remark is about that control alone.
        """
        found: dict[tuple[str, str], list[str]] = {}
        for statuses in _UNDECIDED:
            for result in self._results:
                if result.status in statuses:
                    bare = filter(_is_bare, self._findings(result)[1])
                    for key in dict.fromkeys(map(_key, bare)):
                        found.setdefault(key, []).append(result.id)
        return {key: controls for key, controls in found.items() if len(controls) > 1}

    def _told_first(self) -> dict[str, str]:
        """Return the control that tells each long reason, of those whose advice differs."""
        found: dict[str, str] = {}
        for statuses in _UNDECIDED:
            for result in self._results:
                if result.status in statuses:
                    for seen in filter(_is_bare, self._findings(result)[1]):
                        alike = self._shared.get(_key(seen), [result.id])
                        if alike[0] == result.id and (reason := self._reason(seen)):
                            found.setdefault(reason, result.id)
        return found

    def _reason(self, seen: v1.Observation) -> str:
        """Return why something is open, if that is long and has advice of its own, else nothing."""
        reason = self._sentences.part(seen.detail, "reasons")
        return str(reason) if _LONG_REASON < len(reason) < len(seen.detail) else ""

    def _told_before(self, seen: v1.Observation, control: str) -> str:
        """Return where the same, or the reason alone, is told already; nothing if nowhere."""
        if not _is_bare(seen):
            return ""
        first = self._shared.get(_key(seen), [control])[0]
        if first != control:
            return self._look.say("See {control}", control=first)
        first = self._first_with.get(self._reason(seen), control)
        if first == control:
            return ""
        advice = self._look.text(self._sentences.part(seen.detail, "advice"), _DETAIL_LIMIT)
        return self._look.say("See {control}. {advice}.", control=first, advice=advice)

    def _told(self, seen: v1.Observation) -> str:
        name = self._sentences.label(seen.subject)
        detail = self._sentences.both(seen.detail)
        return f"{self._look.text(name)}: {self._look.text(detail, _DETAIL_LIMIT)}"

    def _found(self, result: v1.Result) -> list[v1.Observation]:
        if self._everything and result.status in _SETTLED:
            return result.observations
        verdict, waived = _WANTED.get(result.status, ("compliant", False))
        return [
            one
            for one in result.observations
            if one.verdict == verdict and (one.waived == waived or verdict != "violated")
        ]

    def _finding(self, seen: v1.Observation, result: v1.Result) -> Iterator[str]:
        text = self._told(seen)
        if seen.waiver_note:
            text = f"{text} ({self._look.text(self._sentences.both(seen.waiver_note))})"
        yield from self._look.wrap(text, first="  ", rest="  ")
        if seen.remark:
            remark = self._look.text(self._sentences.both(seen.remark), _DETAIL_LIMIT)
            yield from self._snippets.note(self._look.say("remark"), remark)
        meaning = result.severity if result.status == "failed" else result.status
        limit = 0 if self._everything else None
        yield from self._snippets.of(seen, meaning, limit=limit)

    def _left_out(
        self, result: v1.Result, found: Sequence[v1.Observation], shown: Sequence[v1.Observation]
    ) -> Iterator[str]:
        """Yield how many findings are not shown, and how many of a failed control are accepted."""
        if left := len(found) - len(shown):
            more: Message = say("and {count} more; --verbose shows all", count=left)
            if result.status == "failed":
                more = say_count(
                    "and {count} more finding; --verbose shows it",
                    "and {count} more findings; --verbose shows them",
                    left,
                )
            yield from self._look.wrap(self._look.text(more), first="  ", rest="  ")
        accepted = sum(one.waived for one in result.observations)
        if accepted and result.status == "failed":
            text = self._look.say("{count} more accepted by waivers", count=accepted)
            yield from self._look.wrap(text, first="  ", rest="  ")

    def _fix(self, result: v1.Result) -> Iterator[str]:
        """Yield one line of what to do; the report and the runbook say all of it."""
        remedy = remedy_of(result)
        both = Both(_sentence(str(remedy.fix)), _sentence(remedy.fix.german))
        text = self._look.text(both, _FIX_LIMIT)
        if text:
            yield from self._snippets.note(self._look.say("fix"), text, meaning="fix")
        if self._everything and remedy.menu:
            yield from self._snippets.note(self._look.say("menu"), self._look.text(remedy.menu))


def _key(seen: v1.Observation) -> tuple[str, str]:
    return seen.subject, seen.detail


def _is_bare(seen: v1.Observation) -> bool:
    """Return whether nothing is known of an undecided finding but what is told."""
    is_open = seen.verdict == "undetermined"
    return is_open and not (seen.evidence or seen.remark or seen.waiver_note)


def _sentence(text: str) -> str:
    """Return the first sentence of a text."""
    return re.split(_SENTENCE, text.strip(), maxsplit=1)[0]
