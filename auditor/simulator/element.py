"""XML elements as the simulated PBX holds and writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape


@dataclass(frozen=True, slots=True)
class Element:
    """One element. Objects are stored without text; only a few pages write `text`."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Element, ...] = ()
    text: str = ""

    def to_text(self) -> str:
        """Return the element as XML on one line."""
        words = [self.tag, *(f'{name}="{escaped(text)}"' for name, text in self.attributes.items())]
        opening = " ".join(words)
        if not self.children and not self.text:
            return f"<{opening}/>"
        inner = "".join(child.to_text() for child in self.children)
        return f"<{opening}>{escaped(self.text)}{inner}</{self.tag}>"


def escaped(text: str) -> str:
    """Return text for an XML attribute in double quotes, or for character data."""
    return escape(text, {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})
