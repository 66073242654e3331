"""What the simulated PBX answers to which request, for whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from auditor.simulator import device_pages, forms, responses
from auditor.simulator.accounts import USER, WRITERS
from auditor.simulator.command_processor import CommandError, Settings
from auditor.simulator.element import Element
from auditor.simulator.object_changes import WriteError
from auditor.simulator.simulated_pbx import Account, SimulatedPbx
from auditor.simulator.soap import endpoint
from auditor.simulator.soap.admin import WriteAttemptError
from auditor.simulator.soap.call import SoapFault, read_call
from auditor.simulator.soap.encoded_values import fault
from auditor.simulator.soap.wsdl import description
from auditor.simulator.state import SimulatorState

_UNKNOWN_MODULE: Final = b"?\r\n"
_READING_COMMANDS: Final = frozenset(
    {"", "show", "download", "xml-info", "xml-counts", "xml-count", "xml-alarms", "xml-faults"}
)
_COMMAND_PAGE: Final = re.compile(r"/mod_cmd(_login)?\.xml$")
_OBJECTS: Final = "/PBX0/ADMIN/mod_cmd_login.xml"
_OBJECT_COMMAND: Final = re.compile(r"mod cmd PBX0/ADMIN (submit-(?:object|groups))\b *(.*)")
_FORMS: Final = {"submit-object": forms.submit_object, "submit-groups": forms.submit_groups}
_SOAP: Final = "/PBX0/user.soap"
_WSDL: Final = "/pbx10_00.wsdl"
_AREA_OF_PATH: Final = {
    "/CMD0/box_info.xml": "box_info",
    "/cfg.txt": "cfg",
    _OBJECTS: "show",
    _SOAP: "soap",
    "/LOG0/CNT/mod_cmd.xml": "log",
    "/LOG0/FAULT/mod_cmd.xml": "log",
    "/PRI1/mod_cmd.xml": "pri",
    _WSDL: "wsdl",
}
OPEN_AREAS: Final = frozenset({"box_info", "wsdl"})
_XML: Final = "text/xml; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"


class HttpAnswer(NamedTuple):
    """An HTTP answer; `whole` ones are sent with their length whatever the framing."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = _TEXT
    whole: bool = False


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request of an account, None where no login is needed; `base` is the server's address."""

    base: str
    method: str
    target: str = field(repr=False)
    action: str
    body: bytes = field(repr=False)
    account: Account | None

    @property
    def path(self) -> str:
        """Return the path, as it was sent."""
        return urlsplit(self.target).path

    @property
    def area(self) -> str:
        """Return what the request is about, as `Behaviour` names it; empty if it is unknown."""
        return area_of(self.target)

    @property
    def query(self) -> list[tuple[str, str]]:
        """Return the arguments in the address and, where it is a form, in the body."""
        form = self.body.decode(errors="replace") if self.area != "soap" else ""
        sent = f"{urlsplit(self.target).query}&{form}"
        return parse_qsl(sent, keep_blank_values=True)

    @property
    def may_write(self) -> bool:
        """Return whether the account may change anything."""
        return self.account is not None and self.account.role in WRITERS


def area_of(target: str) -> str:
    """Return the area of an address with its query; empty if it is unknown."""
    parts = urlsplit(target)
    area = _AREA_OF_PATH.get(parts.path, "")
    if area == "show" and ("cmd", "download") in parse_qsl(parts.query):
        return "download"
    return area


def respond(state: SimulatorState, request: HttpRequest) -> HttpAnswer:
    """Return the answer to a request. Raises DroppedConnectionError."""
    if _writes(request):
        return _write(state, request)
    if _refused(state, request, request.area):
        return HttpAnswer(HTTPStatus.FORBIDDEN)
    query = dict(request.query)
    answers: dict[str, Callable[[], HttpAnswer]] = {
        "box_info": lambda: _box_info(state),
        "cfg": lambda: _configuration(state),
        "download": lambda: _download(state, query),
        "log": lambda: _log(request.path, query),
        "pri": lambda: _xml(device_pages.primary_rate()),
        "show": lambda: _show(state, query),
        "soap": lambda: _soap(state, request),
        "wsdl": lambda: _xml(description(f"{request.base}{_SOAP}")),
    }
    return answers.get(request.area, _unknown)()


def _refused(state: SimulatorState, request: HttpRequest, area: str) -> bool:
    behaviour = state.behaviour
    is_viewer = request.account is not None and request.account.role == "viewer"
    return area in behaviour.refuse or (is_viewer and area in behaviour.viewer_refuse)


def _writes(request: HttpRequest) -> bool:
    """Return whether a request is anything but known reading: on this device a GET can write."""
    if request.method not in {"GET", "HEAD", "POST"} or unquote(request.path).startswith("/!"):
        return True
    commands = {text for name, text in request.query if name == "cmd"}
    return bool(_COMMAND_PAGE.search(request.path)) and not commands <= _READING_COMMANDS


def _write(state: SimulatorState, request: HttpRequest) -> HttpAnswer:
    state.count_write()
    if not request.may_write or request.method not in {"GET", "POST"}:
        return HttpAnswer(HTTPStatus.FORBIDDEN)
    line = unquote(request.path).removeprefix("/!") if not request.area else ""
    command = next((text for name, text in request.query if name == "cmd"), "")
    if line.startswith("config "):
        return _configure(state, line.removeprefix("config "))
    if found := _OBJECT_COMMAND.fullmatch(line):
        return _submit(state, found[1], _spoken(found[2]))
    if request.path == _OBJECTS and command in _FORMS:
        return _submit(state, command, request.query)
    if request.path == "/CMD0/mod_cmd.xml" and ("reset", "OK") in request.query:
        state.configure(Settings.after_reset)
        return _xml(responses.page([], {"reset": "true"}))
    return HttpAnswer(HTTPStatus.FORBIDDEN)


def _configure(state: SimulatorState, line: str) -> HttpAnswer:
    try:
        state.configure(lambda settings: settings.after(line))
    except CommandError:
        return _unknown()
    return HttpAnswer(HTTPStatus.OK, b"ok\r\n")


def _submit(state: SimulatorState, command: str, form: forms.Form) -> HttpAnswer:
    """Return `state="ok"` or `error="…"`; which element carries them is not documented."""
    try:
        state.edit(partial(_FORMS[command], form=form))
    except WriteError as error:
        return _xml(responses.page([], {"error": str(error)}))
    return _xml(responses.page([], {"state": "ok"}))


def _spoken(text: str) -> forms.Form:
    """Return the arguments of a command line, `/name value`, as those of a form."""
    words = [part.partition(" ") for part in re.split(r"(?:^|\s)/", text)[1:]]
    return [(name, value.strip()) for name, _, value in words]


def _box_info(state: SimulatorState) -> HttpAnswer:
    required = state.settings.reset_required
    return _xml(responses.box_info(state.pbx.box, reset_required=required))


def _configuration(state: SimulatorState) -> HttpAnswer:
    objects = not state.behaviour.cfg_without_objects
    items = state.object_lines() if objects else b""
    text = responses.configuration(state.pbx, state.count_download(), objects=objects, items=items)
    return HttpAnswer(HTTPStatus.OK, text)


def _download(state: SimulatorState, query: dict[str, str]) -> HttpAnswer:
    """Return all objects as one document.

    What a real PBX answers is not documented: this has the shape of a published import file, the
    passwords as the object page shows them. A download as CSV is not simulated.
    """
    if query.get("format") != "xml":
        return _unknown()
    pbx = state.pbx
    return _xml(
        responses.page(responses.whole(pbx, one, templates=False) for one in pbx.everything)
    )


def _log(path: str, query: dict[str, str]) -> HttpAnswer:
    command = query.get("cmd", "")
    known: dict[str, Callable[[], bytes | None]] = {
        "CNT xml-counts": device_pages.counts,
        "CNT xml-count": lambda: device_pages.count(query),
        "FAULT xml-alarms": device_pages.alarms,
        "FAULT xml-faults": device_pages.faults,
    }
    body = known.get(f"{path.split('/')[2]} {command}", lambda: None)()
    return _unknown() if body is None else _xml(body)


def _show(state: SimulatorState, query: dict[str, str]) -> HttpAnswer:
    pbx = state.pbx
    if "user-guid" in query:
        one = responses.find(pbx, "guid", query["user-guid"])
        if one is None:
            return _xml(responses.page([]))
        shown = responses.whole(pbx, one, templates=False)
        if one.names.get("h323") in state.behaviour.unlicensed:
            shown = responses.with_licences(pbx, one, shown)
        return _xml(responses.page([shown]))
    if "reg" in query:
        return _xml(responses.page(responses.registrations(pbx, query["reg"])))
    if "user" in query:
        is_all = not query.get("search") and not query.get("search-loc")
        listed = state.object_list() if is_all else responses.page(_listed(pbx, query))
        return _xml(listed)
    return _xml(responses.page(responses.licences(pbx), {"cmd-lics-time": "0"}))


def _listed(pbx: SimulatedPbx, query: dict[str, str]) -> list[Element]:
    """Return the rows of the object list, sorted by long name."""
    prefix, loc = query.get("search", ""), query.get("search-loc", "")
    return [
        responses.summary(one)
        for one in pbx.ordered("cn")
        if loc in {"", one.names.get("loc")}
        and any(one.names.get(name, "").startswith(prefix) for name in ("cn", "h323", "e164"))
    ]


def _soap(state: SimulatorState, request: HttpRequest) -> HttpAnswer:
    try:
        call = read_call(request.body, request.action)
        is_user = request.account is not None and request.account.role == USER
        if call.operation == "Admin" and (is_user or _refused(state, request, "admin")):
            return HttpAnswer(HTTPStatus.FORBIDDEN)
        return _xml(endpoint.answer(state, call, may_write=request.may_write), whole=True)
    except WriteAttemptError:
        return HttpAnswer(HTTPStatus.FORBIDDEN)
    except SoapFault as reason:
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return HttpAnswer(status, fault(str(reason)), _XML, whole=True)


def _unknown() -> HttpAnswer:
    return HttpAnswer(HTTPStatus.OK, _UNKNOWN_MODULE)


def _xml(body: bytes, *, whole: bool = False) -> HttpAnswer:
    return HttpAnswer(HTTPStatus.OK, body, _XML, whole)
