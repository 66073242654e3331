"""The report as PDF: the HTML report, printed by the Chromium, Chrome or Edge that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from auditor.errors import InputError, OutputError
from auditor.messages.message import say

VARIABLE: Final = "PBX_AUDITOR_CHROMIUM"
_NAMES: Final = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge"),
)
_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_TIMEOUT: Final = 180
# Everything about a large system has hundreds of pages.
LONG: Final = 600
_WHERE: Final = "--format pdf"
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")
# The page needs no network to be printed, so it gets none.
_ARGUMENTS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--export-tagged-pdf",
    "--generate-pdf-document-outline",
)


def find_browser() -> str:
    """Return the browser that prints. Raises InputError if there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if not found:
            raise InputError(
                say("there is no such program"), where=VARIABLE, advice=say("correct the path")
            )
        return found
    for candidate in (*_NAMES, *_PLACES):
        if found := shutil.which(candidate):
            return found
    raise InputError(
        say("a PDF needs Chromium, Chrome or Edge, and none was found"),
        where=_WHERE,
        advice=say(
            "install one (on Debian: apt install chromium), name it in {variable}, or print"
            " report.html from any browser",
            variable=VARIABLE,
        ),
    )


def render(document: str, name: str = "report.pdf", seconds: int = _TIMEOUT) -> bytes:
    """Return an HTML document as PDF, in some seconds at most; `name` is what becomes of it.

    Raises InputError without browser, OutputError if it fails.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-pdf-") as folder:
        page, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(document, encoding="utf-8", newline="\n")
        command = [
            browser,
            *_ARGUMENTS,
            *_sandbox(),
            f"--user-data-dir={Path(folder) / 'profile'}",
            f"--print-to-pdf={printed}",
            page.as_uri(),
        ]
        return _printed(command, printed, name, seconds)


def pages_of(printed: bytes) -> int:
    """Return how many pages a PDF of such a browser has, 0 if that cannot be told.

    Chromium (Skia) writes the object of each page as plain text, and compresses what is on it.
    """
    return len(_PAGE.findall(printed))


def _printed(command: list[str], printed: Path, name: str, seconds: int) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 -- the user's own browser, our own arguments
            command, capture_output=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(name, type(error).__name__) from None
    if done.returncode or not printed.is_file():
        raise _failed(name, say("exit code {code}", code=str(done.returncode)))
    return printed.read_bytes()


def _failed(name: str, how: str) -> OutputError:
    return OutputError(
        say("the browser did not print {name} ({how})", name=name, how=how),
        where=_WHERE,
        advice=say("print report.html from the browser by hand"),
    )


def _sandbox() -> tuple[str, ...]:
    """Return what root needs: Chromium refuses to sandbox its processes under that account."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ("--no-sandbox",) if is_root else ()
