"""Figures of `make bench` about judging: rules beside parsing, and passwords scored per second."""

from __future__ import annotations

import gc
import hashlib
import random
import time
from datetime import date
from typing import TYPE_CHECKING, Final

from auditor.dialects import load_dialect
from auditor.model.decision import Thresholds
from auditor.model.vocabulary import Automation
from auditor.passwords.scoring import ScoringJob, shared_inputs
from auditor.passwords.workers import score_all
from auditor.pbx.view import AuditView
from auditor.report.build import RunContext, build_report
from auditor.report.formats import json
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit, select
from auditor.run.engine import run_controls
from auditor.site.site_file import load_site
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.saved_evidence import read_files
from tests.benchmarks.generate import ALPHABET, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

USERS: Final = 20_000
SMALL: Final = 200
PASSWORDS: Final = 10_000
PROCESSES: Final = (1, 2)
_ROUNDS: Final = 3
_AGAIN: Final = 50
_TODAY: Final = date(2026, 1, 1)
_BLOCK: Final = 1 << 20


def audited_again(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield for two profiles what reading, judging and a JSON report take, all being imported."""
    configuration, site_file = write(SMALL, folder)
    site, catalogue = load_site(site_file), load_catalogue()
    for profile in ("tutorial", "baseline"):
        selection = Selection(select(catalogue, site, profile, ()), Thresholds())
        context = RunContext("0", "", profile, Thresholds(), "", "", "", catalogue.digest)

        def again(selection: Selection = selection, context: RunContext = context) -> None:
            outcome = audit(read_files(configuration, site, None), site, selection, _TODAY)
            json.render(build_report(outcome.snapshot, outcome.results, outcome.decision, context))

        yield profile, _best(again, _AGAIN)


def rules_beside_parsing(folder: Path) -> tuple[float, float]:
    """Return the seconds of parsing a `cfg.txt`, and of all automatic controls on what it says."""
    configuration, site_file = write(USERS, folder)
    site, dialect = load_site(site_file), load_dialect("simulated")
    rules = [
        rule for rule in load_catalogue().rules.values() if rule.automation is Automation.AUTOMATIC
    ]
    snapshot = read_files(configuration, site, None)

    def parse() -> None:
        content = configuration.read_bytes()
        blocks = [content[i : i + _BLOCK] for i in range(0, len(content), _BLOCK)]
        hashlib.sha256(content)
        read_configuration(blocks, "cfg.txt", dialect)

    def evaluate() -> None:
        run_controls(AuditView(snapshot, site), rules, site.parameters)

    gc.set_threshold(1_000_000)  # as the program sets it
    return _best(parse), _best(evaluate)


def scored_per_second() -> Iterator[tuple[int, float]]:
    """Yield how many distinct passwords are scored per second, by the number of processes."""
    source = random.Random(13)  # noqa: S311 -- made-up data that must repeat
    jobs = [
        ScoringJob(bytes(source.choices(ALPHABET, k=source.randint(10, 20))).decode())
        for _ in range(PASSWORDS)
    ]
    shared = shared_inputs(["Benchmark GmbH", "Düsseldorf"])
    for processes in PROCESSES:
        begin = time.perf_counter()
        score_all(shared, jobs, processes, lambda *_: None)
        yield processes, PASSWORDS / (time.perf_counter() - begin)


def _best(work: Callable[[], None], rounds: int = _ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)
