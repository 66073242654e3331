"""A Chromium for each module, and pages in it: what takes long to make is made once."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from auditor.report.formats import pdf

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def need(condition, what):
    """Skip where something is missing, but never in CI."""
    if not condition:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is missing")


@pytest.fixture(scope="module")
def browser():
    need(Path(CHROMIUM).exists(), CHROMIUM)
    need(find_spec("playwright"), "playwright")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def tab(browser):
    """Open a page; it remembers its requests, complaints and dialogs.

    Pages share a context, which takes as long to make as they do: reports keep nothing in it.
    """
    contexts = {}

    def open_page(viewport=None, color_scheme="light", **options):
        key = json.dumps(options, sort_keys=True)
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
        page = contexts[key].new_page()
        page.set_viewport_size(viewport or DESKTOP)
        page.emulate_media(color_scheme=color_scheme)
        page.seen = []
        page.on("request", lambda request: page.seen.append(request.url))
        page.on("console", lambda message: page.seen.append(message.text))
        page.on("pageerror", lambda error: page.seen.append(str(error)))
        page.on("dialog", lambda dialog: page.seen.append(dialog.message))
        return page

    return open_page


@pytest.fixture(scope="module")
def printed_here(browser, tmp_path_factory):
    """Print a document as the program does, in a browser that runs: to start one takes longer."""
    path = tmp_path_factory.mktemp("printed") / "page.html"
    page = browser.new_page()

    def render(document):
        path.write_text(document, encoding="utf-8", newline="\n")
        page.goto(path.as_uri())
        return page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)

    return render


@pytest.fixture
def _printing_here(printed_here, monkeypatch):
    monkeypatch.setattr(pdf, "render", printed_here)
