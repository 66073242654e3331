"""Audits each target of a run, writes what came of it, and has it shown.

Where reports go, what may fail without the rest, and when a run stops are decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from auditor.errors import AuditorError, ExitCode, InputError
from auditor.run.document_places import with_shown_objects
from auditor.run.earlier import AuditedSystems
from auditor.run.gate import strongest
from auditor.run.outputs import DEFAULT_FORMATS, OF_OBJECTS, write_audited
from auditor.run.report_folders import folder_of, folder_of_run, point_at
from auditor.run.report_writer import PLAIN, Rendering
from auditor.run.session import Audited, Session

_STOPPED = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


class WantedOutputs(NamedTuple):
    """What is to be written; nothing without a folder.

    Each run has a folder of its own in it if they are kept.
    """

    out: Path | None
    formats: tuple[str, ...] = DEFAULT_FORMATS
    rendering: Rendering = PLAIN
    keeps_runs: bool = False


class Audience(NamedTuple):
    """Who is told what happens: each error, each file that was written, and what came out.

    `shows` are shown what came out for a target, one after the other; each may raise AuditorError.
    """

    fails: Callable[[AuditorError], None]
    written: Callable[[Path], None]
    shows: tuple[Callable[[str, Audited], None], ...] = ()


class Publisher(NamedTuple):
    """Audits with a session, and publishes what comes out."""

    session: Session
    wanted: WantedOutputs
    audience: Audience

    def audit(self, targets: Sequence[str], seen: AuditedSystems) -> ExitCode:
        """Audit targets one after the other until somebody stops it; return the strongest code.

        `seen` notes which systems they are.
        """
        codes = []
        for target in targets:
            codes.append(self._audit(target, seen, several=len(targets) > 1))
            if codes[-1] in _STOPPED:
                break
        return strongest(codes)

    def _audit(self, target: str, seen: AuditedSystems, *, several: bool) -> ExitCode:
        """Audit one target, publish what came out, and return its exit code."""
        try:
            audited = self.session.audit(target)
        except InputError as error:
            self.audience.fails(error)
            seen.add(None)
            return error.exit_code
        seen.add(audited)
        if self.wanted.out is None or OF_OBJECTS.isdisjoint(self.wanted.formats):
            audited = with_shown_objects(audited)
        if audited.failure is not None:
            self.audience.fails(audited.failure)
        return strongest([audited.code, *self.publish(target, audited, several=several)])

    def publish(self, target: str, audited: Audited, *, several: bool = False) -> list[ExitCode]:
        """Write the reports of one target, show what came out; return the codes of failures."""
        steps = [partial(self._write, self._folder(target, audited, several=several), audited)]
        if audited.outcome.results:  # otherwise the error says all there is to say
            steps += [partial(show, target, audited) for show in self.audience.shows]
        failures = []
        for step in steps:  # that one fails is no reason to leave out the other
            try:
                step()
            except AuditorError as error:
                self.audience.fails(error)
                failures.append(error.exit_code)
        return failures

    def _folder(self, target: str, audited: Audited, *, several: bool) -> Path | None:
        """Return where the reports of a target go: one of several, and a run, has its own."""
        folder = self.wanted.out
        if folder is not None and several:
            folder = folder_of(folder, audited.report, target)
        if folder is not None and self.wanted.keeps_runs:
            folder = folder_of_run(folder, audited.report)
        return folder

    def _write(self, folder: Path | None, audited: Audited) -> None:
        if folder is None:
            return
        formats, rendering = self.wanted.formats, self.wanted.rendering
        for path in write_audited(folder, self.session, audited, formats, rendering):
            self.audience.written(path)
        if self.wanted.keeps_runs:
            point_at(folder, audited.report)
