"""Writes SOAP answers in both published styles (wire-facts 18 to 22).

rpc/encoded: fields unqualified and typed, arrays in a wrapper. document/literal: fields qualified,
arrays repeated without a wrapper.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from auditor.simulator.element import escaped
from auditor.simulator.soap.call import NAMESPACE, Call, Style

_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"{}>'
    "<SOAP-ENV:Body>{}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
_ENCODED: Final = ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
_STRING: Final = "xsd:string"


@dataclass(frozen=True, slots=True)
class Value:
    """A field with text. An empty `kind` writes no type: strict clients refuse each (19)."""

    name: str
    text: str
    kind: str = _STRING

    def write(self, style: Style, name: str = "") -> str:
        """Return the field as XML, under another name if one is given."""
        kind = self.kind if style is Style.RPC else ""
        return _tag(style, name or self.name, escaped(self.text), kind)


@dataclass(frozen=True, slots=True)
class Struct:
    """A field with fields."""

    name: str
    kind: str
    members: tuple[Node, ...]

    def write(self, style: Style, name: str = "") -> str:
        """Return the field as XML, under another name if one is given."""
        inner = "".join(member.write(style) for member in self.members)
        kind = f"ns:{self.kind}" if style is Style.RPC else ""
        return _tag(style, name or self.name, inner, kind)


@dataclass(frozen=True, slots=True)
class Array:
    """A field that repeats: `kind` of its items, `item` their name in rpc style.

    `wrapped` names the items in document style where that has a wrapper too.
    """

    name: str
    array_kind: str
    kind: str
    items: tuple[Node, ...]
    item: str = "item"
    wrapped: str = ""

    def write(self, style: Style, name: str = "") -> str:
        """Return the field as XML."""
        name = name or self.name
        if style is Style.RPC:
            inner = "".join(one.write(style, self.item) for one in self.items)
            size = f'SOAP-ENC:arrayType="{self.kind}[{len(self.items)}]"'
            return f'<{name} xsi:type="ns:{self.array_kind}" {size}>{inner}</{name}>'
        inner = "".join(one.write(style, self.wrapped or name) for one in self.items)
        return _tag(style, name, inner) if self.wrapped else inner


Node = Value | Struct | Array


def integer(name: str, number: int) -> Value:
    """Return a field with a number."""
    return Value(name, str(number), "xsd:int")


def boolean(name: str, *, truth: bool) -> Value:
    """Return a field with a truth value."""
    return Value(name, "true" if truth else "false", "xsd:boolean")


def response(call: Call, parts: Iterable[Node]) -> bytes:
    """Return the answer to a request, in its style."""
    inner = "".join(part.write(call.style) for part in parts)
    name = f"ns:{call.operation}Response"
    encoding = _ENCODED if call.style is Style.RPC else ""
    return _ENVELOPE.format(encoding, f'<{name} xmlns:ns="{NAMESPACE}">{inner}</{name}>').encode()


def fault(reason: str) -> bytes:
    """Return a fault; a real PBX's text is not public."""
    inner = (
        "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>"
        f"<faultstring>{escaped(reason)}</faultstring></SOAP-ENV:Fault>"
    )
    return _ENVELOPE.format("", inner).encode()


def _tag(style: Style, name: str, inner: str, kind: str = "") -> str:
    shown = name if style is Style.RPC else f"ns:{name}"
    typed = f' xsi:type="{kind}"' if kind else ""
    return f"<{shown}{typed}>{inner}</{shown}>"
