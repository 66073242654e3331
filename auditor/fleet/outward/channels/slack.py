"""Slack: blocks to the URL of an incoming webhook, within the limits that Slack has for them.

Texts are plain ones, in which Slack reads no marks and mentions nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from auditor.fleet.outward.channels.chat import ChatForm
from auditor.fleet.outward.digest.written import Section, Written, and_more

LONGEST_TEXT: Final = 3000
LONGEST_HEADER: Final = 150
# Slack takes at most 50 blocks, and each that is full has more than a thousand characters. So no
# message of this size has too many of them.
LIMIT: Final = 30_000


def _message(told: Written) -> bytes:
    header = {"type": "header", "text": _plain(_cut(told.subject, LONGEST_HEADER))}
    blocks = [header, _section("\n".join(told.lead))]
    blocks += [_section(text) for section in told.sections for text in _texts(section, told)]
    foot = {"type": "context", "elements": [_plain(_cut("\n".join(told.foot), LONGEST_TEXT))]}
    # Shown where blocks are not, as on a lock screen.
    message = {"text": _escaped(told.subject), "blocks": [*blocks, foot]}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(section: Section, told: Written) -> Iterator[str]:
    """Yield the texts of a list, each as long as a block may be."""
    lines = [section.heading, *(f"• {one.text}" for one in section.lines)]
    if section.more:
        lines.append(f"• {and_more(section.more, told.language)}")
    text = ""
    for line in lines:
        shown = _cut(line, LONGEST_TEXT)
        if text and length(text) + 1 + length(shown) > LONGEST_TEXT:
            yield text
            text = shown
        else:
            text = f"{text}\n{shown}" if text else shown
    yield text


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(_cut(text, LONGEST_TEXT))}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def length(text: str) -> int:
    """Return how long a text is for whoever counts a pair of surrogates as two: Slack may."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, most: int) -> str:
    if length(text) <= most:
        return text
    kept = text.encode("utf-16-le")[: 2 * (most - 1)]
    return kept.decode("utf-16-le", "ignore") + "…"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


SLACK: Final = ChatForm(_message, LIMIT)
