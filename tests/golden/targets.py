"""The targets whose outputs are kept, and the commands that make them.

Few, but so that each format, both languages, each way to read and each kind of verdict occurs.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from auditor.cli.app import run
from auditor.rules.catalogue import load_catalogue
from auditor.simulator.server import SimulatorServer
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, simulated, write
from tests.fixtures.program import VARIABLES
from tests.golden.form import kept, steady
from tests.golden.moment import frozen

INPUTS = Path(__file__).parent / "inputs"
OUT = "out"
CONSOLE = "console.txt"
URL = "http://pbx"
# Stands for the hash of the plan that the audit before made.
HASH = "HASH"
# Texts but for copies and passwords; the scripts are generated files of their own.
_LEFT_OUT = ("plan-", "new-passwords", "configuration-")
_TEXTS = {".txt", ".json", ".html", ".sarif", ".xml", ".csv", ".md"}


@dataclass(frozen=True)
class Target:
    """Evidence, and the commands that are run on it one after the other.

    `live` names the configuration of a simulated PBX that answers at URL while they run.
    """

    commands: tuple[str, ...]
    prepare: Callable[[Path], object] = lambda _: None
    live: str = ""
    pbx_password: str = PBX_PASSWORD


def _site(config):
    return lambda folder: shutil.copy(simulated(config).site, folder / "site.toml")


def _evidence(folder):
    write(folder, {"cfg.txt": configuration_of("insecure")})
    _site("insecure")(folder)


def _damaged(folder):
    """Write a configuration that lost its end and a half line, with a line nobody knows."""
    lines = configuration_of("insecure").splitlines(keepends=True)
    lines[10] = lines[10][: len(lines[10]) // 2] + b"\n"
    damaged = [*lines[:20], b"config change XYZ0 /unheard-of\r\n", *lines[20:-12], lines[-12][:90]]
    write(folder, {"cfg.txt": b"".join(damaged)})
    _site("insecure")(folder)


def _waived(folder):
    now = configuration_of("insecure").replace(b'uclic="true" apps="phone,users"', b"")
    lines = configuration_of("insecure").splitlines(keepends=True)
    shutil.copytree(INPUTS, folder, dirs_exist_ok=True)
    write(
        folder,
        {
            "cfg.txt": now,
            "before.txt": b"".join(line for line in lines if b"(h323=temp)" not in line),
            "logo.svg": '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>',
        },
    )


def _controls(*names):
    return " ".join(f"--control {name}" for name in names)


_SOME = _controls("HD-01", "HD-04", "HD-10", "HD-13", "HD-16")
_NEW = (
    "--baseline baseline.json --fail-on-new --out out --format sarif,sarif-github,json,remediation"
)
# One of each: failed with and without a change by script, passed, undecided.
_FEW = _controls("HD-01", "HD-04", "FW-03", "PBX-05", "TRK-03")

TARGETS = {
    "insecure": Target(
        (
            f"audit {URL} --site site.toml --out out ",
            "report out/report.html --out out --format junit,csv,markdown",
            f"remediate plan {URL} --site site.toml --what-if",
            "remediate show out/remediation",
            f"remediate apply out/remediation --url {URL} --apply {HASH}",
            f"remediate rollback out/remediation --url {URL} --apply {HASH}",
        ),
        _site("insecure"),
        live="insecure",
    ),
    "hardened": Target(
        (
            f"audit {URL} --site site.toml --out out {_controls('HD-01', 'HD-06', 'PBX-17')}",
            f"audit {URL} --site site.toml --profile baseline --out out --format markdown",
            f"doctor {URL} --site site.toml",
        ),
        _site("hardened"),
        live="hardened",
    ),
    "snapshot": Target(
        (
            "collect cfg.txt -o out/snapshot.json --site site.toml",
            "audit out/snapshot.json --site site.toml --profile strict --out out --format markdown",
            f"audit out/snapshot.json --site site.toml --language de --out out {_FEW}",
            "report out/report.json --out out --format sarif,sarif-github,ocsf,oscal",
        ),
        _evidence,
    ),
    "damaged": Target(
        (
            "collect cfg.txt -o snapshot.json --site site.toml",
            "audit cfg.txt --site site.toml --out out --format json,remediation --incomplete warn",
            "report out/report.json --out out --format junit --junit-per object",
            "audit missing.txt --site site.toml",
        ),
        _damaged,
        pbx_password="",
    ),
    "waived": Target(
        (
            "site check site.toml",
            "waivers lint waivers.toml",
            f"audit before.txt --site site.toml --out before --format json {_SOME}",
            "baseline create before/report.json -o baseline.json",
            f"audit cfg.txt --site site.toml --earlier before/report.json {_NEW} {_SOME}",
            f"audit cfg.txt --site site.toml --profile handover --out out --format html {_SOME}",
            "waivers audit waivers.toml --in out/report.json",
            "diff before/report.json out/report.json",
            "package create out -o out.zip",
        ),
        _waived,
    ),
}


def produce(name: str, folder: Path) -> dict[str, str]:
    """Run the commands of a target in an empty folder, and return its golden files by name."""
    target = TARGETS[name]
    volatile = {load_catalogue().digest: "(digest of the rules)"}
    target.prepare(folder)
    with ExitStack() as stack:
        url = URL
        if target.live:
            server = stack.enter_context(SimulatorServer(simulated(target.live)))
            url = server.url
            volatile[f"127.0.0.1:{server.port}"] = "127.0.0.1:PORT0"
        stack.enter_context(chdir(folder))
        stack.enter_context(_environment(target, folder))
        stack.enter_context(frozen())
        said = [_run(line, line.replace(URL, url)) for line in target.commands]
    made = {CONSOLE: "\n".join(said).encode()}
    for path in sorted((folder / OUT).rglob("*")):
        if path.suffix in _TEXTS and not path.name.startswith(_LEFT_OUT):
            made[path.relative_to(folder / OUT).as_posix()] = path.read_bytes()
    return {file: kept(file, steady(content, volatile)) for file, content in made.items()}


def _run(shown: str, line: str) -> str:
    if HASH in line:
        plan = json.loads(Path(OUT, "remediation", "plan.json").read_bytes())
        line = line.replace(HASH, plan["hash"][:12])
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    before = signal.getsignal(signal.SIGTERM)
    try:
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            code = run(line.split())
    finally:
        signal.signal(signal.SIGTERM, before)
    for stream in streams:
        stream.seek(0)
    out, err = (stream.read() for stream in streams)
    return f"$ pbx-auditor {shown}\n{out}--- stderr\n{err}--- exit {int(code)}\n"


@contextmanager
def _environment(target: Target, folder: Path):
    login = {}
    if target.pbx_password:
        login["PBX_AUDITOR_PBX_PASSWORD"] = target.pbx_password
    if target.live:
        for account in simulated(target.live).accounts:
            name = {"viewer": "PBX_AUDITOR", "admin": "PBX_ADMIN"}.get(account.role, "OTHER")
            login[f"{name}_USERNAME"] = account.username
            login[f"{name}_PASSWORD"] = account.password
    terminal = {"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1", "TMPDIR": str(folder)}
    kept_back = {name: os.environ[name] for name in os.environ if name not in VARIABLES}
    with patch.dict(os.environ, {**kept_back, **terminal, **login}, clear=True):
        yield
