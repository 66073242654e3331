"""Tells what an audit does and what came of it at the terminal, as much as somebody wants."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from auditor.cli.interaction.console import look, show_text, tell, tell_error
from auditor.messages.message import say
from auditor.report.formats import terminal
from auditor.report.formats.terminal_style import Amount
from auditor.run.document_places import readable_documents
from auditor.run.publishing import Audience
from auditor.run.session import Audited


def audience_of(amount: Amount) -> Audience:
    """Return who is told of an audit at the terminal, as much as is wanted."""
    return Audience(
        tell_error,
        partial(_tell_written, amount),
        (partial(_show, amount), partial(_show_changes, amount)),
    )


def _tell_written(amount: Amount, path: Path) -> None:
    if amount is not Amount.QUIET:
        tell(say("written: {path}", path=str(path)))


def _show(amount: Amount, target: str, audited: Audited) -> None:
    if amount is Amount.QUIET:  # one line names no place
        show_text(terminal.render(audited.report, look(), amount=amount))
        return
    documents = readable_documents(target, audited.outcome.snapshot, audited.report)
    show_text(terminal.render(audited.report, look(), readable=documents, amount=amount))


def _show_changes(amount: Amount, _target: str, audited: Audited) -> None:
    if audited.comparison is not None and amount is not Amount.QUIET:
        from auditor.report.formats import terminal_changes  # noqa: PLC0415

        compared = audited.comparison
        show_text(terminal_changes.render(compared, look(), report=audited.report, is_told=True))
