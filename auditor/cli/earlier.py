"""Says which earlier reports a run could not use, since a trend without them looks complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.cli.console import tell
from auditor.messages.message import say
from auditor.report import v1
from auditor.run.session import Audited


@dataclass(slots=True)
class Seen:
    """The systems that the targets of a run turned out to be."""

    _started: dict[str, str] = field(default_factory=dict)
    _unread: bool = False

    def add(self, audited: Audited | None) -> None:
        """Note what a target is; None, or one that failed, could be any."""
        if audited is None or audited.failure is not None:
            self._unread = True
        else:
            self._started[audited.report.target.id] = audited.report.run.started

    def tell_apart(self, earlier: Mapping[Path, v1.Report]) -> None:
        """Name each report that is about another system, or is not earlier."""
        for path, report in earlier.items():
            target, started = report.target, self._started.get(report.target.id)
            if started is None and not self._unread:
                tell(
                    say(
                        "warning: --earlier {path}: it is about another PBX, {name} ({target}), "
                        "so it is left out",
                        path=str(path),
                        name=target.name,
                        target=target.id,
                    )
                )
            elif started is not None and report.run.started >= started:
                tell(
                    say(
                        "warning: --earlier {path}: it is not earlier than this run, "
                        "so it is left out",
                        path=str(path),
                    )
                )
