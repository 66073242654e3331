"""Imports that die at any write, and two of the same bundle: each PBX is recorded once, or not."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from sqlalchemy import Engine, event

from auditor.errors import ExitCode
from tests.fixtures.program import start
from tests.fleet.runner.test_kills import LIMIT, said

pytestmark = pytest.mark.slow
# More than an import of one PBX has.
MOST = 200
_WRITES = ("INSERT", "UPDATE", "DELETE")


class Strike:
    """Counts writes: statements that change something, commits, and files that are put in place.

    The process is killed before one of them; with none, it only counts.
    """

    def __init__(self, at=None):
        self.at = at
        self.count = 0

    def __call__(self, *_):
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def arm(self, patch):
        replace = os.replace

        def put(*given, **named):
            self()
            return replace(*given, **named)

        patch.setattr(os, "replace", put)
        event.listen(Engine, "commit", self)
        event.listen(Engine, "before_cursor_execute", self._statement)

    def _statement(self, _connection, _cursor, statement, *_):
        if statement.lstrip().startswith(_WRITES):
            self()


def in_a_child(act, at):
    """Do something in a process that is killed before a write; return how it ended."""
    child = os.fork()
    if not child:
        try:
            with pytest.MonkeyPatch.context() as patch:
                Strike(at).arm(patch)
                act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_an_import_that_is_killed_at_any_write_is_done_wholly_by_the_next_one(site):
    site.expect("graz-1").add().has("graz-1")
    bundle, history = site.bundle(), site.folder.path / "history.db"
    before = shutil.copy(history, site.folder.path / "before")
    options = ("--today", "2026-11-22")

    def anew():
        for one in site.folder.path.glob("history.db*"):
            one.unlink()
        shutil.copy(before, history)
        shutil.rmtree(site.folder.path / "reports", ignore_errors=True)

    assert site.take(bundle, *options).code == ExitCode.FINDINGS
    expected, code = said(history), None
    for at in range(1, MOST):
        anew()
        code = in_a_child(lambda: site.take(bundle, *options), at)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        _, audits, controls, findings, *_ = said(history)
        assert (len(audits), controls, findings) in [(0, [], []), (1, *expected[2:4])], at
        again = site.take(bundle, *options)
        # All was recorded, and what was left is the end of the run or nothing.
        is_over = again.code == ExitCode.USAGE and said(history) == expected
        assert again.code == ExitCode.FINDINGS or is_over, (at, again.said)
        assert said(history) == expected, at
        assert site.take(bundle, *options).code == ExitCode.USAGE, at
    assert at > 10
    assert code == 0


def test_of_two_imports_of_one_bundle_one_records_it(site):
    site.expect("graz-1").add().has("graz-1")
    arguments = ["fleet", "import", site.bundle(), "--today", "2026-11-22"]
    both = [start(arguments, site.folder.path) for _ in range(2)]
    codes = []
    for one in both:
        out, err = one.communicate(timeout=LIMIT)
        codes.append(one.returncode)
        assert "Traceback" not in out + err
    assert sorted(codes) in [
        [ExitCode.FINDINGS, ExitCode.USAGE],
        [ExitCode.FINDINGS, ExitCode.BUSY],
    ]
    runs, audits, *_ = said(site.folder.path / "history.db")
    assert len(audits) == 1
    assert len(runs) == 1
