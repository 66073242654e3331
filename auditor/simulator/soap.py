"""SOAP at `/PBX0/user.soap`, in the shapes of `pbx10_00.wsdl`: Version, FindUser and Admin show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from auditor.simulator import render
from auditor.simulator.configuration import ADMIN_OBJECT, SimulatedObject, SimulatedPbx
from auditor.simulator.element import quoted
from auditor.simulator.tolerant import TolerantXmlError, read_xml

MAX_COUNT: Final = 50
_TRUE: Final = {"1", "true"}
_NAMES: Final = ("cn", "h323", "e164")
_NOHIDE_POSITION: Final = "param9"
_WSDL_VERSION: Final = "1000"
_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:ns="http://innovaphone.com/pbx"'
    ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
    "<SOAP-ENV:Body>{}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)


class SoapFault(Exception):  # noqa: N818 -- "fault" is SOAP's word for it
    """The request cannot be answered; the message becomes the fault's text."""

    def envelope(self) -> bytes:
        """Return the fault as a SOAP answer."""
        inner = (
            "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>"
            f"<faultstring>{quoted(str(self))}</faultstring></SOAP-ENV:Fault>"
        )
        return _ENVELOPE.format(inner).encode()


class DroppedConnectionError(Exception):
    """The PBX does not survive the request: the connection ends without an answer."""


class WriteAttemptError(Exception):
    """The request would change the configuration."""


@dataclass(frozen=True, slots=True)
class _Call:
    operation: str
    arguments: dict[str, str]


def answer(pbx: SimulatedPbx, body: bytes) -> bytes:
    """Return the SOAP answer to a request.

    Raises SoapFault, DroppedConnectionError for pages that a real PBX may not survive, and
    WriteAttemptError.
    """
    call = _read(body)
    if call.operation == "Version":
        return _response(call, _version(pbx))
    if call.operation == "FindUser":
        return _response(call, _users(_page(pbx, call.arguments)))
    if call.operation == "Admin":
        return _response(call, _typed("return", _admin(pbx, call.arguments.get("xml", ""))))
    raise SoapFault(f"operation {call.operation} is not simulated")


def _read(body: bytes) -> _Call:
    try:
        envelope = read_xml(body)
    except TolerantXmlError as error:
        raise SoapFault(f"the request is {error}") from None
    inner = envelope.child("Body")
    if inner is None or not inner.children:
        raise SoapFault("the request has no body")
    # Axis writes arguments as references to `multiRef` elements beside the operation.
    targets = {node.attributes["id"]: node for node in inner.walk() if "id" in node.attributes}
    arguments = {}
    for argument in inner.children[0].children:
        node = targets.get(argument.attributes.get("href", "")[1:], argument)
        if node.text.strip() and node.attributes.get("nil") not in _TRUE:
            arguments[argument.name] = node.text
    return _Call(inner.children[0].name, arguments)


def _version(pbx: SimulatedPbx) -> str:
    serial = pbx.box.serial
    dashed = "-".join(serial[at : at + 2] for at in range(0, len(serial), 2))
    return (
        f'<WSDLVersion xsi:type="xsd:int">{_WSDL_VERSION}</WSDLVersion>'
        + _typed("GatekeeperID", pbx.box.name)
        + _typed("Location", "master")
        + _typed("FirmwareVersion", pbx.box.version)
        + _typed("SerialNumber", dashed)
    )


def _page(pbx: SimulatedPbx, arguments: dict[str, str]) -> list[SimulatedObject]:
    """Return one page: objects sorted by name, from the searched one on, or after it."""
    try:
        count = int(arguments.get("count", MAX_COUNT))
    except ValueError:
        raise SoapFault("count is not a number") from None
    if not 0 <= count <= MAX_COUNT:
        raise DroppedConnectionError
    key = next((name for name in _NAMES if name in arguments), "cn")
    start = _sort_key(arguments.get(key, ""))
    after = arguments.get("next", "") in _TRUE
    nohide = arguments.get("nohide", arguments.get(_NOHIDE_POSITION, "")) in _TRUE
    found = [
        (name, one)
        for one in (*pbx.objects, pbx.admin)
        if (nohide or not _hidden(one)) and (name := _sort_key(one.names.get(key, ""))) >= start
    ]
    found.sort(key=lambda pair: pair[0])
    return [one for name, one in found if not (after and name == start)][:count]


def _sort_key(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _hidden(one: SimulatedObject) -> bool:
    return one.attributes.get("hide") == "true" or one.cn == ADMIN_OBJECT


def _users(users: list[SimulatedObject]) -> str:
    items = "".join(f'<item xsi:type="ns:UserInfo">{_user(one)}</item>' for one in users)
    kind = f'xsi:type="ns:UserInfoArray" SOAP-ENC:arrayType="ns:UserInfo[{len(users)}]"'
    return f"<return {kind}>{items}</return>"


def _user(one: SimulatedObject) -> str:
    """Return the fields of UserInfo in the description's order, which strict clients need."""
    names = one.names
    groups = [child for child in one.children if child.tag == "grp"]
    items = "".join(
        f'<item xsi:type="ns:Group">{_typed("group", group.attributes["name"])}'
        '<active xsi:type="xsd:boolean">'
        f"{'true' if group.attributes.get('mode') == 'active' else 'false'}</active></item>"
        for group in groups
    )
    return (
        '<active xsi:type="xsd:boolean">true</active>'
        + _typed("cn", one.cn)
        + _typed("dn", one.attributes.get("dn", ""))
        + _typed("type", "")
        + _typed("e164", names.get("e164", ""))
        + _typed("h323", names.get("h323", ""))
        + "".join(f'<{n} xsi:type="xsd:int">0</{n}>' for n in ("state", "channel", "alert"))
        + _typed("guid", one.guid)
        + '<groups xsi:type="ns:GroupArray" '
        + f'SOAP-ENC:arrayType="ns:Group[{len(groups)}]">{items}</groups>'
        + _typed("loc", names.get("loc", ""))
        + _typed("node", names.get("node", ""))
        + _typed("object", one.kind)
    )


def _admin(pbx: SimulatedPbx, text: str) -> str:
    """Return the inner XML of `Admin`: the object, or a root without `user` if there is none."""
    try:
        command = read_xml(text)
    except TolerantXmlError as error:
        raise SoapFault(f"the xml argument is {error}") from None
    if command.name != "show":
        raise WriteAttemptError
    user = command.child("user")
    wanted = {} if user is None else user.attributes
    one = None
    for attribute in ("cn", "guid", "h323"):
        if attribute in wanted:
            one = render.find(pbx, attribute, wanted[attribute])
            break
    if one is None:
        return render.page([]).decode()
    return render.page([render.whole(pbx, one, templates="config" not in wanted)]).decode()


def _typed(name: str, text: str) -> str:
    return f'<{name} xsi:type="xsd:string">{quoted(text)}</{name}>'


def _response(call: _Call, inner: str) -> bytes:
    name = f"ns:{call.operation}Response"
    return _ENVELOPE.format(f"<{name}>{inner}</{name}>").encode()
