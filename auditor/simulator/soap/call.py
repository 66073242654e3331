"""Reads SOAP requests the way existing clients write them (wire-facts 14 to 17)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from auditor.simulator.tolerant import Received, TolerantXmlError, read_xml

NAMESPACE: Final = "http://innovaphone.com/pbx"
TRUE: Final = frozenset({"1", "true"})


class SoapFault(Exception):  # noqa: N818 -- "fault" is SOAP's word for it
    """The request cannot be answered; the message becomes the fault's text."""


class Style(Enum):
    """The two published descriptions: `pbx10_00.wsdl` and `pbx11_00.wsdl`."""

    RPC = "rpc/encoded"
    DOCUMENT = "document/literal"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: its arguments by name, without those that are empty, nil or missing."""

    operation: str
    arguments: dict[str, str]
    style: Style

    def number(self, name: str, absent: int = 0) -> int:
        """Return an argument as a number. Raises SoapFault."""
        try:
            return int(self.arguments.get(name, absent))
        except ValueError:
            raise SoapFault(f"{name} is not a number") from None

    def flag(self, name: str) -> bool:
        """Return an argument as a truth value; absent is false."""
        return self.arguments.get(name, "") in TRUE


def read_call(body: bytes, action: str) -> Call:
    """Return what a request asks for: the body names the operation. Raises SoapFault."""
    try:
        envelope = read_xml(body)
    except TolerantXmlError as error:
        raise SoapFault(f"the request is {error}") from None
    inner = envelope.child("Body")
    if inner is None or not inner.children:
        raise SoapFault("the request has no body")
    # Axis writes arguments as references to `multiRef` elements beside the operation.
    targets = {node.attributes["id"]: node for node in inner.walk() if "id" in node.attributes}
    operation = inner.children[0]
    arguments = {}
    for argument in operation.children:
        node = targets.get(argument.attributes.get("href", "")[1:], argument)
        if node.text.strip() and node.attributes.get("nil") not in TRUE:
            arguments[argument.name] = node.text
    encoded = any("encodingStyle" in node.attributes for node in envelope.walk())
    style = _style(operation, action.strip("\"' "), encoded=encoded)
    return Call(operation.name, arguments, style)


def _style(operation: Received, action: str, *, encoded: bool) -> Style:
    """Return the style of a request by its operation and namespace, however the action is written.

    Only the first description parts both by `#`, also where an action is malformed (wire-facts 14);
    in the second they follow each other as a path, which one client puts after the namespace twice.
    Without either, what is `encoded` is of the first, and names that are qualified of the second.
    """
    if "#" in action or encoded:
        return Style.RPC
    if action.startswith(f"{NAMESPACE}/") and action.endswith(f"/{operation.name}"):
        return Style.DOCUMENT
    named = operation.children or [operation] * (not operation.prefix)
    qualified = all(one.prefix or one.namespace == NAMESPACE for one in named)
    return Style.DOCUMENT if named and qualified else Style.RPC
