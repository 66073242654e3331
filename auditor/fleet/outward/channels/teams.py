"""Microsoft Teams: an adaptive card to the URL of a workflow that takes webhook requests.

Texts stand in runs, in which Teams reads no Markdown, so that no name becomes a link. The limit is
that of Teams for one message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from auditor.fleet.outward.channels.chat import ChatForm
from auditor.fleet.outward.digest.written import Section, Written, and_more

LIMIT: Final = 27_000
_BAD: Final = frozenset({"critical", "high"})


def _message(told: Written) -> bytes:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": told.language,
        "msteams": {"width": "Full"},
        "body": [
            _text(told.subject, weight="Bolder", size="Large"),
            *map(_text, told.lead),
            *(part for section in told.sections for part in _section(section, told)),
            *(_text(one, isSubtle=True, size="Small") for one in told.foot),
        ],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    message = {"type": "message", "attachments": [attachment]}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _section(section: Section, told: Written) -> Iterator[dict[str, Any]]:
    yield _text(section.heading, weight="Bolder") | {"spacing": "Medium"}
    for line in section.lines:
        colour = {"color": "Attention"} if line.severity in _BAD else {}
        yield _text(f"• {line.text}", **colour) | {"spacing": "Small"}
    if section.more:
        yield _text(and_more(section.more, told.language)) | {"spacing": "Small"}


def _text(text: str, **style: object) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


TEAMS: Final = ChatForm(_message, LIMIT)
