"""What a running simulated PBX remembers: its objects, its settings, its sessions, its counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from auditor.simulator.behaviour import Behaviour
from auditor.simulator.command_processor import Settings
from auditor.simulator.object_changes import WriteError
from auditor.simulator.responses import list_page, object_lines
from auditor.simulator.sessions import Sessions
from auditor.simulator.simulated_pbx import SimulatedPbx


class ClientSession(NamedTuple):
    """A session of a user of myApps: whose it is, and the password that resumes it."""

    guid: str
    password: str


class SimulatorState:
    """The changing part of a simulated PBX; safe to use from several threads.

    `writes` counts every request that would change something, also those that were refused.
    """

    def __init__(self, pbx: SimulatedPbx, behaviour: Behaviour) -> None:
        self.pbx = pbx
        self.behaviour = behaviour
        self.settings = Settings.of(pbx.modules)
        self.sessions = Sessions()
        self.client_sessions: dict[str, ClientSession] = {}
        self.writes = 0
        self.downloads = 0
        self._lock = threading.Lock()
        self._written: dict[str, tuple[SimulatedPbx, bytes]] = {}

    def object_lines(self) -> bytes:
        """Return the lines of all objects, written once for the same PBX."""
        return self._once("lines", object_lines)

    def object_list(self) -> bytes:
        """Return the list page of all objects, written once for the same PBX."""
        return self._once("list", list_page)

    def _once(self, name: str, write: Callable[[SimulatedPbx], bytes]) -> bytes:
        with self._lock:
            known = self._written.get(name)
            if known is None or known[0] is not self.pbx:
                known = (self.pbx, write(self.pbx))
                self._written[name] = known
            return known[1]

    def count_download(self) -> int:
        """Return the number of this download of `cfg.txt`, from 1."""
        with self._lock:
            self.downloads += 1
            return self.downloads

    def count_write(self) -> None:
        """Count a request that would change something."""
        with self._lock:
            self.writes += 1

    def edit(self, change: Callable[[SimulatedPbx], SimulatedPbx]) -> None:
        """Change the objects, as one step. Raises WriteError, always on a replica."""
        with self._lock:
            if self.behaviour.replica:
                raise WriteError("this PBX is a replica: change the object on the master")
            self.pbx = change(self.pbx)

    def configure(self, change: Callable[[Settings], Settings]) -> None:
        """Change the settings of the device, as one step. Raises CommandError."""
        with self._lock:
            self.settings = change(self.settings)
            self.pbx = replace(self.pbx, modules=self.settings.pending)
