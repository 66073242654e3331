"""Earlier reports of a run, and which of them it could not use: a trend would look whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError, OptionPlace
from auditor.messages.message import Message, say, say_count
from auditor.report.schema import v1
from auditor.run.report_folders import reports_in
from auditor.run.session import Audited
from auditor.values.frozen import slotted

_OPTION: Final = OptionPlace("--earlier")


class EarlierReports(NamedTuple):
    """The earlier reports of a run: files that were named, and what was found in folders.

    `warnings` are what is to be said of folders.
    """

    files: Mapping[Path, v1.Report] = {}
    folders: Mapping[Path, Sequence[v1.Report]] = {}
    warnings: tuple[Message, ...] = ()

    @property
    def reports(self) -> tuple[v1.Report, ...]:
        """Return all of them; of a run that stands in several places, one."""
        found = [*self.files.values(), *(one for many in self.folders.values() for one in many)]
        return tuple({(one.run.id, one.target.id): one for one in found}.values())


def earlier_reports(named: Sequence[Path] | None) -> EarlierReports:
    """Return the earlier reports that were named.

    Of a folder, what is no report of this program is named and left out, and so is that of a run
    that did not read its PBX: it would cut the trend. Raises InputError for a file that is none.
    """
    if not named:
        return EarlierReports()
    from auditor.report.formats.saved_reports import load_report  # noqa: PLC0415

    warnings: list[Message] = []
    folders = {path: list(_in(path, warnings)) for path in named if path.is_dir()}
    files = {path: load_report(path, _OPTION) for path in named if path not in folders}
    return EarlierReports(files, folders, tuple(warnings))


def _in(folder: Path, warnings: list[Message]) -> Iterator[v1.Report]:
    """Yield the reports in a folder, and note what is to be said of it."""
    from auditor.report.formats.saved_reports import load_report  # noqa: PLC0415

    found = 0
    for path in reports_in(folder):
        found += 1
        try:
            report = load_report(path, _OPTION)
        except InputError as error:
            text = say("warning: --earlier {path}: left out: {why}", path=str(path), why=str(error))
            warnings.append(text)
            continue
        if report.run.ended == "complete":
            yield report
    if not found:
        warnings.append(
            say("warning: --earlier {path}: there is no report in this folder", path=str(folder))
        )


@slotted
class AuditedSystems:
    """The systems that the targets of a run turned out to be."""

    _started: dict[str, str] = field(default_factory=dict)
    _unread: bool = False

    def add(self, audited: Audited | None) -> None:
        """Note what a target is; None, or one that failed, could be any."""
        if audited is None or audited.failure is not None:
            self._unread = True
        else:
            self._started[audited.report.target.id] = audited.report.run.started

    def not_used(self, earlier: EarlierReports) -> Iterator[Message]:
        """Yield a warning about each report that is about another system, or is not earlier."""
        for path, report in earlier.files.items():
            target = report.target
            if self._is_foreign(report):
                yield say(
                    "warning: --earlier {path}: it is about another PBX, {name} ({target}), "
                    "so it is left out",
                    path=str(path),
                    name=target.name,
                    target=target.id,
                )
            elif self._is_late(report):
                yield say(
                    "warning: --earlier {path}: it is not earlier than this run, so it is left out",
                    path=str(path),
                )
        for path, reports in earlier.folders.items():
            yield from self._not_used_of_folder(path, reports)

    def _not_used_of_folder(self, path: Path, reports: Sequence[v1.Report]) -> Iterator[Message]:
        """Yield each other system once: a folder may hold years of it."""
        foreign = [one.target for one in reports if self._is_foreign(one)]
        names = {one.id: one.name for one in foreign}
        for target, count in Counter(one.id for one in foreign).items():
            yield say_count(
                "warning: --earlier {path}: {count} report is about another PBX, {name} "
                "({target}), so it is left out",
                "warning: --earlier {path}: {count} reports are about another PBX, {name} "
                "({target}), so they are left out",
                count,
                path=str(path),
                name=names[target],
                target=target,
            )
        late = sum(map(self._is_late, reports))
        if late:
            yield say_count(
                "warning: --earlier {path}: {count} report is not earlier than this run, "
                "so it is left out",
                "warning: --earlier {path}: {count} reports are not earlier than this run, "
                "so they are left out",
                late,
                path=str(path),
            )

    def _is_foreign(self, report: v1.Report) -> bool:
        return report.target.id not in self._started and not self._unread

    def _is_late(self, report: v1.Report) -> bool:
        started = self._started.get(report.target.id)
        return started is not None and report.run.started >= started
