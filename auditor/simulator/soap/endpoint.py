"""SOAP at `/PBX0/user.soap`: what each operation answers, in the style of the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from auditor.simulator.sessions import handle
from auditor.simulator.soap.admin import admin
from auditor.simulator.soap.call import Call, SoapFault, Style
from auditor.simulator.soap.encoded_values import Array, Node, Struct, Value, integer, response
from auditor.simulator.soap.users import answer_find_user, hidden, user_info
from auditor.simulator.state import SimulatorState

_VERSIONS: Final = {Style.RPC: 1000, Style.DOCUMENT: 1100}


def answer(state: SimulatorState, call: Call, *, may_write: bool) -> bytes:
    """Return the answer to a request.

    Raises SoapFault, DroppedConnectionError and WriteAttemptError.
    """
    if call.operation == "Admin":
        text = admin(state, call.arguments.get("xml", ""), may_write=may_write)
        return response(call, [Value("return", text)])
    operation = _OPERATIONS.get(call.operation)
    if operation is None:
        raise SoapFault(f"operation {call.operation} is not simulated")
    return response(call, operation(state, call))


def _version(state: SimulatorState, call: Call) -> list[Node]:
    box = state.pbx.box
    dashed = "-".join(box.serial[at : at + 2] for at in range(0, len(box.serial), 2))
    first = "WSDLVersion" if call.style is Style.RPC else "VersionResult"
    return [
        integer(first, _VERSIONS[call.style]),
        Value("GatekeeperID", box.name),
        Value("Location", "master"),
        Value("FirmwareVersion", box.version),
        Value("SerialNumber", dashed),
    ]


def _find_user(state: SimulatorState, call: Call) -> list[Node]:
    return [answer_find_user(state.pbx, call)]


def _initialize(state: SimulatorState, _call: Call) -> list[Node]:
    """Begin a session: it needs no rights here, on a real PBX those of a user's groups."""
    users = [one for one in state.pbx.ordered("cn") if not one.kind and not hidden(one)]
    return [integer("return", state.sessions.begin(users)), integer("key", handle())]


def _end(state: SimulatorState, call: Call) -> list[Node]:
    state.sessions.end(call.number("session"))
    return []


def _echo(state: SimulatorState, call: Call) -> list[Node]:
    return [integer("return", int(state.sessions.lives(call.number("session"))))]


def _poll(state: SimulatorState, call: Call) -> list[Node]:
    """Report users; items are named after their field, in a wrapper of that name (19)."""
    users = state.sessions.poll(call.number("session"))
    items = tuple(user_info(one, call.style, item="") for one in users)
    array = Array("user", "UserInfoArray", "ns:UserInfo", items, item="user")
    return [Struct("return", "AnyInfo", (array,))]


def _user_initialize(state: SimulatorState, call: Call) -> list[Node]:
    """Return the handle of a user by its long name, zero if there is none."""
    known = ("cn", call.arguments.get("user", "")) in state.pbx.index
    lives = state.sessions.lives(call.number("session"))
    return [integer("return", handle() if known and lives else 0)]


def _nothing(_state: SimulatorState, _call: Call) -> list[Node]:
    return []


_OPERATIONS: Final[Mapping[str, Callable[[SimulatorState, Call], list[Node]]]] = {
    "Version": _version,
    "FindUser": _find_user,
    "Initialize": _initialize,
    "End": _end,
    "Echo": _echo,
    "Poll": _poll,
    "UserInitialize": _user_initialize,
    "UserEnd": _nothing,
}
