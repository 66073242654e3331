"""The terminal summary: what a person needs to know before opening a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from auditor.messages.both import Both
from auditor.messages.message import joined, say
from auditor.report.accepted import expiring
from auditor.report.formats.terminal_documents import document_lines
from auditor.report.formats.terminal_findings import Findings
from auditor.report.formats.terminal_places import NO_DOCUMENTS, Documents
from auditor.report.formats.terminal_style import PLAIN_LOOK, Amount, Look
from auditor.report.formats.told_changes import since
from auditor.report.prose import score_note
from auditor.report.sentences import Sentences
from auditor.report.terms import SETTLED, area, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auditor.report.schema import v1
    from auditor.report.schema.v1adjustments import Adjustment, DialectFile

_DETAIL_LIMIT: Final = 320
_LISTED: Final = 5
_GAPS: Final = 3
_MARKS: Final = {
    "compliant": ("✔", "[ok]"),
    "noncompliant": ("✖", "[X]"),
    "incomplete": ("◐", "[?]"),
    "nothing-audited": ("○", "[-]"),
}


def render(
    report: v1.Report,
    look: Look = PLAIN_LOOK,
    *,
    readable: Documents = NO_DOCUMENTS,
    amount: Amount = Amount.NORMAL,
) -> str:
    """Return the summary as text. No line is longer than the width, which is 40 at least."""
    sentences = Sentences(report)
    if amount is Amount.QUIET:
        return one_line(report, sentences, look) + "\n"
    everything = amount is Amount.VERBOSE
    blocks = [
        _target(report, sentences, look),
        _verdict(report, sentences, look),
        _since(report, sentences, look),
        *Findings(report, sentences, look, readable, amount).blocks(),
        _figures(report, sentences, look, everything=everything),
        _waivers(report, sentences, look, everything=everything),
        document_lines(report, sentences, look) if everything else [],
        _exit(report, sentences, look),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def one_line(report: v1.Report, sentences: Sentences, look: Look) -> str:
    """Return target, verdict and exit code on one line."""
    mark = _MARKS[report.summary.verdict]
    line = look.say(
        "{name}: {sentence} Exit code {code}",
        name=report.target.name,
        sentence=sentences.both(report.summary.sentence),
        code=str(report.summary.exit_code),
    )
    return look.paint(f"{look.mark(*mark)} {line}", report.summary.verdict)


def _target(report: v1.Report, sentences: Sentences, look: Look) -> list[str]:
    target, run = report.target, report.run
    parts = [target.name]
    if target.address not in {"", target.name}:
        parts = [say("{name} ({address})", name=target.name, address=target.address)]
    if target.firmware:
        parts.append(say("firmware {version}", version=target.firmware))
    fails = say("fails on {severity} and worse", severity=said(run.fail_on))
    profile = _profile(run, sentences)
    places = say("places of settings: {name}", name=said(run.dialect))
    evidence = [said(run.evidence_mode), places]
    return [
        *look.labelled(say("Target"), joined("{one}, {other}", parts)),
        *look.labelled(say("Profile"), joined("{one}, {other}", [profile, fails])),
        *look.labelled(say("Evidence"), joined("{one}, {other}", evidence)),
        *_dialect(run.dialect_file, look),
        *(
            line
            for entry in run.adjustments
            for line in look.labelled(say("Changed"), _changed(entry, sentences), _DETAIL_LIMIT)
        ),
    ]


def _profile(run: v1.Run, sentences: Sentences) -> str:
    """Return what was looked at in the words of people, with the option that chooses it."""
    name = sentences.named(run.profile)
    if not run.profile_title:
        return name
    title = Both(run.profile_title, run.profile_title_de)
    return say("{title} (--profile {name})", title=title, name=name)


def _changed(entry: Adjustment, sentences: Sentences) -> str:
    change = sentences.both(entry.change)
    return say("{name} {change}: {why}", name=entry.control, change=change, why=entry.reason)


def _dialect(file: DialectFile | None, look: Look) -> list[str]:
    """Return where the dialect comes from, if it is a file of the site, and what it replaces."""
    if file is None:
        return []
    lines = [
        *look.labelled(say("Settings"), file.path, _DETAIL_LIMIT),
        *look.labelled("", f"SHA-256 {file.sha256}"),
    ]
    if file.replaced:
        names = ", ".join(file.replaced)
        other = say("other entries than the bundled ones: {names}", names=names)
        lines += look.labelled(say("Replaced"), other, _DETAIL_LIMIT)
    return lines


def _verdict(report: v1.Report, sentences: Sentences, look: Look) -> list[str]:
    verdict = report.summary.verdict
    mark = look.mark(*_MARKS[verdict])
    text = look.text(sentences.both(report.summary.sentence), 600)
    lines = look.wrap(f"{mark} {text}", rest=" " * (len(mark) + 1))
    return [look.paint(line, verdict) for line in lines]


def _since(report: v1.Report, sentences: Sentences, look: Look) -> list[str]:
    lines: list[str] = []
    above = ""
    for label, text in since(report, sentences):
        lines += look.labelled("" if label == above else label, text, _DETAIL_LIMIT)
        above = label
    return lines


def _figures(report: v1.Report, sentences: Sentences, look: Look, *, everything: bool) -> list[str]:
    summary = report.summary
    gaps = [
        say("{area}: {reason}", area=area(gap.area), reason=sentences.both(gap.reason))
        for gap in report.gaps
    ]
    return [
        *look.labelled(say("Score"), _score(summary, sentences)),
        *_first(gaps, say("Not read"), look, len(gaps) if everything else _GAPS),
    ]


def _score(summary: v1.Summary, sentences: Sentences) -> str:
    value = say("withheld")
    if summary.score is not None:
        value = say("{score} of 100", score=summary.score)
    if not summary.score_note:
        return value
    return say("{value} ({note})", value=value, note=score_note(summary, sentences))


def _waivers(report: v1.Report, sentences: Sentences, look: Look, *, everything: bool) -> list[str]:
    """Return who accepted what, and the waivers that somebody has to look at."""
    idle = [waiver for waiver in report.run.waivers if waiver.state not in SETTLED]
    accepted = [
        say(
            "{rule} {subject}: {owner} until {expires}: {reason}",
            rule=entry.rule,
            subject=sentences.named(entry.subject),
            owner=entry.owner,
            expires=entry.expires,
            reason=entry.reason,
        )
        for entry in report.accepted
    ]
    waivers = [
        say(
            "{rule} {value} ({place}): {detail}",
            rule=one.rule,
            value=one.value,
            place=one.place,
            detail=sentences.both(one.detail),
        )
        for one in idle
    ]
    ending = [
        say(
            "{rule} {value} ({place}): {detail}",
            rule=one.waiver.rule,
            value=one.waiver.value,
            place=one.waiver.place,
            detail=one.text,
        )
        for one in expiring(report)
    ]
    most = max(len(accepted), len(waivers), len(ending)) if everything else _LISTED
    return [
        *_first(accepted, say("Accepted"), look, most),
        *_first(waivers, say("Waiver"), look, most),
        *_first(ending, say("Warning"), look, most),
    ]


def _first(texts: Sequence[str], label: str, look: Look, most: int) -> list[str]:
    """Return the first of some texts, each under its label, and how many follow."""
    rest = len(texts) - most
    more = [say("and {count} more; --verbose shows all", count=rest)] if rest > 0 else []
    shown = [*texts[:most], *more]
    return [line for text in shown for line in look.labelled(label, text, _DETAIL_LIMIT)]


def _exit(report: v1.Report, sentences: Sentences, look: Look) -> list[str]:
    summary = report.summary
    lines = [look.say("Exit code {code}", code=str(summary.exit_code))]
    for reason in summary.reasons:
        lines += look.wrap(look.text(sentences.both(reason), 600), first="- ", rest="  ")
    return lines
