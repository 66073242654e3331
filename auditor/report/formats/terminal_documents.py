"""What was read for a report: documents, what became of each line of them, and requests."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.messages.message import Message, joined, say
from auditor.report.formats.terminal_style import Look
from auditor.report.schema import v1
from auditor.report.schema.v1sources import Proof, Source, Tally
from auditor.report.sentences import Sentences
from auditor.report.terms import area, said


def document_lines(report: v1.Report, sentences: Sentences, look: Look) -> list[str]:
    """Return the documents that were read, what shows that they are whole, and the requests."""
    lines = []
    for source in report.target.sources:
        lines += look.labelled(say("Document"), _about(source), 600)
        for detail in _details(source, sentences):
            lines += look.labelled("", detail, 600)
    for proof in report.target.completeness:
        lines += look.labelled(say("Whole"), _proven(proof, sentences), 600)
    requests = report.target.requests
    if requests.sent:
        lines += look.labelled(say("Requests"), say("{count} sent", count=requests.sent))
    for again in requests.repeated:
        text = say(
            "{document}: {reason}, {count} times",
            document=again.document,
            reason=sentences.both(again.reason),
            count=again.count,
        )
        lines += look.labelled(say("Repeated"), text, 600)
    return lines


def _proven(proof: Proof, sentences: Sentences) -> str:
    """Return what shows that an area is whole, with what is to be noted, if anything is."""
    parts = [Message(proof.kind), *([sentences.both(proof.note)] if proof.note else [])]
    return say("{area}: {proof}", area=area(proof.area), proof=joined("{one}, {other}", parts))


def _about(source: Source) -> str:
    return say(
        "{name}: {kind}, {size} bytes", name=source.name, kind=said(source.kind), size=source.size
    )


def _details(source: Source, sentences: Sentences) -> Iterator[str]:
    if source.note:
        yield sentences.both(source.note)
    for tally in source.account:
        yield _account(tally)


def _account(tally: Tally) -> str:
    parts = [
        say("{count} used", count=tally.used),
        say("{count} irrelevant", count=sum(tally.irrelevant.values())),
        say("{count} not understood", count=tally.not_understood),
    ]
    return say(
        "{unit}: {total} ({parts})",
        unit=Message(tally.unit),
        total=tally.total,
        parts=joined("{one}, {other}", parts),
    )
