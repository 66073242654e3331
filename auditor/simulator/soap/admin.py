"""The SOAP operation `Admin`: shows objects, and changes them for an administrator.

The root of an answer with objects is not documented, nor the form of errors: `<error>` is made up.
`delete` is not simulated, because its name is not public.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from auditor.simulator import object_changes, responses
from auditor.simulator.element import Element
from auditor.simulator.object_changes import WriteError
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.soap.call import SoapFault
from auditor.simulator.soap.users import DroppedConnectionError
from auditor.simulator.state import SimulatorState
from auditor.simulator.tolerant import Received, TolerantXmlError, read_xml

_OK: Final = "<ok/>"
_WRITES: Final[Mapping[str, Callable[[SimulatedPbx, Received], SimulatedPbx]]] = {
    "add": object_changes.add,
    "modify": object_changes.modify,
    "add-attrib": object_changes.add_parts,
    "del-attrib": object_changes.remove_parts,
}


class WriteAttemptError(Exception):
    """The request would change the configuration, and whoever sent it may not, or not that way."""


def admin(state: SimulatorState, text: str, *, may_write: bool) -> str:
    """Return the inner XML of the answer to a command.

    Raises SoapFault, WriteAttemptError, and DroppedConnectionError for what a real PBX may not
    survive.
    """
    try:
        command = read_xml(text)
    except TolerantXmlError as error:
        raise SoapFault(f"the xml argument is {error}") from None
    user = command.child("user") or Received("user", {})
    if command.name == "show":
        return _show(state, user.attributes)
    write = _WRITES.get(command.name)
    state.count_write()
    if write is None or not may_write:
        raise WriteAttemptError
    try:
        state.edit(lambda pbx: write(pbx, user))
    except WriteError as error:
        return Element("error", text=str(error)).to_text()
    return _OK


def _show(state: SimulatorState, wanted: Mapping[str, str]) -> str:
    """Return the objects, or a root without `user` if there is none.

    That `config` is there counts, whatever its value (soapphp5).
    """
    pbx = state.pbx
    templates = "config" not in wanted
    if wanted.get("cn") == "*":
        if len(pbx.everything) > state.behaviour.star_limit:
            raise DroppedConnectionError
        found = [responses.whole(pbx, one, templates=templates) for one in pbx.everything]
    else:
        one = object_changes.object_named(pbx, wanted)
        found = [] if one is None else [responses.whole(pbx, one, templates=templates)]
    return responses.page(found).decode()
