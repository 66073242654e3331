"""SOAP envelopes as the PBX's own description (pbx10_00.wsdl, rpc/encoded) asks for them.

Requests are built here and nowhere else, so that the read-only transport can build a request anew
from what it understood and compare it byte for byte. Answers are read by local names, and items of
arrays by their position: their names differ between boxes (wire-facts 19).
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from auditor.errors import ReasonedError
from auditor.messages.message import say
from auditor.sources.parse.xml import XmlError, parse_xml
from auditor.values.frozen import frozen

SOAP_PATH: Final = "/PBX0/user.soap"
CONTENT_TYPE: Final = "text/xml; charset=utf-8"
PAGE_SIZE: Final = 50  # larger pages may crash the PBX
_NAMESPACE: Final = "http://innovaphone.com/pbx"
_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
    f' xmlns:ns1="{_NAMESPACE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
    "<SOAP-ENV:Body>{}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
_LINE_END: Final = {"\r": "&#13;"}  # XML would read it as a line feed
_SIZE: Final = re.compile(r"\[(\d{1,9})\]\s*$", re.ASCII)
_BODY: Final = ("SOAP-ENV:Envelope", "SOAP-ENV:Body")
# Any non-empty text will do; the PBX answers with the fields of these versions.
_VERSIONS: Final = (("v501", "501"), ("v700", "700"), ("v800", "800"), ("vx1000", "1000"))


class EnvelopeError(ReasonedError):
    """A SOAP text cannot be understood. The message never quotes the text."""


@frozen
class Request:
    """A SOAP request: its operation, and for `Admin` the root element of its command.

    `cn` is the name that is looked for; `flag` means `next` for FindUser and `config` for Admin.
    """

    operation: str
    cn: str = ""
    flag: bool = False
    count: int = 0
    command: str = ""

    @property
    def action(self) -> str:
        """Return the value of the header `SOAPAction`."""
        return f'"{_NAMESPACE}#{self.operation}"'

    def to_bytes(self) -> bytes:
        """Return the request as it is sent."""
        arguments = {"FindUser": self._find_user, "Admin": self._admin}.get(self.operation)
        inner = arguments() if arguments else ""
        operation = f"<ns1:{self.operation}>{inner}</ns1:{self.operation}>"
        return _ENVELOPE.format(operation).encode()

    def _find_user(self) -> str:
        return (
            "".join(_argument(name, "string", value) for name, value in _VERSIONS)
            + _argument("cn", "string", self.cn)
            + '<h323 xsi:nil="true"/><e164 xsi:nil="true"/>'
            + _argument("count", "int", str(self.count))
            + _argument("next", "int", str(int(self.flag)))
            + _argument("nohide", "boolean", "true")
        )

    def _admin(self) -> str:
        config = ' config="true"' if self.flag else ""
        command = self.command
        return _argument(
            "xml", "string", f"<{command}><user cn={_quoted(self.cn)}{config}/></{command}>"
        )


def version_request() -> Request:
    """Return the request for the versions of the PBX."""
    return Request("Version")


def find_users_request(cn: str, *, after: bool) -> Request:
    """Return the request for one page of objects from a name on, or after it."""
    return Request("FindUser", cn, after, PAGE_SIZE)


def show_request(cn: str, *, as_configured: bool) -> Request:
    """Return the request for one object as configured, or with its templates applied."""
    return Request("Admin", cn, as_configured, command="show")


def read_request(body: bytes) -> Request:
    """Return what a request asks for.

    Raises EnvelopeError for everything that this module would not have written byte by byte.
    """
    try:
        root = parse_xml(body, keep_text=True)
        request = _understood(root)
        exact = request.to_bytes() == body
    except (XmlError, ValueError):
        raise EnvelopeError(say("the request is not one that could be understood")) from None
    if not exact:
        raise EnvelopeError(say("the request holds more than what was understood of it"))
    return request


def _understood(root: Element) -> Request:
    operation = root
    for tag in _BODY:
        if operation.tag != tag:
            raise ValueError
        (operation,) = operation
    name = operation.tag.removeprefix("ns1:")
    values = {child.tag: child.text or "" for child in operation}
    if name == "Version":
        return Request(name)
    if name == "FindUser":
        count = int(values.get("count", ""))
        return Request(name, values.get("cn", ""), values.get("next") == "1", count)
    command = parse_xml(values.get("xml", ""), keep_text=True)
    (user,) = command
    return Request(name, user.get("cn", ""), flag="config" in user.attrib, command=command.tag)


def parse_answer(body: bytes, operation: str) -> Element:
    """Return the element of the answer to an operation. Raises EnvelopeError."""
    try:
        root = parse_xml(body.strip(), keep_text=True)
    except XmlError as error:
        raise EnvelopeError(error.reason) from None
    inner = next((child for child in root if _local(child) == "Body"), None)
    answer = next(iter(inner), None) if inner is not None else None
    if answer is None:
        raise EnvelopeError(say("the answer is not SOAP"))
    if _local(answer) == "Fault":
        raise EnvelopeError(say("the PBX answers with a SOAP fault"))
    if _local(answer) != f"{operation}Response":
        raise EnvelopeError(say("the answer belongs to another request"))
    return answer


def read_texts(answer: Element) -> list[str]:
    """Return the texts of the children of an answer, in order."""
    return [(child.text or "").strip() for child in answer]


def read_items(answer: Element) -> list[dict[str, str]]:
    """Return the fields of each item of the array that an answer holds."""
    items = list(answer)
    if not any(_local(field) == "guid" for item in items for field in item):
        items = [item for array in answer for item in array]
    return [{_local(field): field.text or "" for field in item} for item in items]


def stated_count(answer: Element) -> int | None:
    """Return how many items the array of an answer says that it has; None if it does not say.

    SOAP 1.1, 5.4.2: `arrayType="ns:UserInfo[45]"`.
    """
    stated = (
        _SIZE.search(text)
        for array in answer
        for name, text in array.attrib.items()
        if name.rpartition(":")[2] == "arrayType"
    )
    return next((int(found[1]) for found in stated if found is not None), None)


def _local(node: Element) -> str:
    return node.tag.rpartition(":")[2]


def _argument(name: str, kind: str, text: str) -> str:
    return f'<{name} xsi:type="xsd:{kind}">{escape(text, _LINE_END)}</{name}>'


def _quoted(text: str) -> str:
    # XML reads a bare line end or tab in an attribute as a space.
    return quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
