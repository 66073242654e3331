"""Compiled templates: the same page as from their sources, and never those of another version."""

from __future__ import annotations

import shutil

import jinja2
import pytest
from jinja2 import FileSystemLoader

from auditor.files import compiled_templates
from auditor.remediation import runbook
from auditor.report.html import html_page
from auditor.resources import templates_directory
from tests.report.factory import make_report


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    compiled_templates.compile_into(folder, "html", html_page.__file__, html_page.environment())
    return folder


@pytest.fixture
def built(compiled, tmp_path):
    """Return a folder of its own with compiled templates, which a test may change."""
    return shutil.copytree(compiled, tmp_path / "built")


def is_compiled(loader):
    """Return whether templates come from what was built."""
    return not isinstance(loader, FileSystemLoader)


def test_a_page_of_compiled_templates_is_the_page_of_their_sources(built, monkeypatch):
    pages = []
    for loader in (
        compiled_templates.find("html", html_page.__file__, built),
        FileSystemLoader(templates_directory()),
    ):
        environment = html_page.environment().overlay(loader=loader)
        monkeypatch.setattr(html_page, "environment", lambda known=environment: known)
        pages.append(html_page.render(make_report()))
    assert pages[0] == pages[1]


def test_compiled_templates_are_used_without_the_compiler(built, monkeypatch):
    monkeypatch.setattr("jinja2.environment.generate", None)
    loader = compiled_templates.find("html", html_page.__file__, built)
    assert is_compiled(loader)
    assert html_page.environment().overlay(loader=loader).get_template("report.html.j2")


def test_another_code_of_the_environment_compiles_anew(built, tmp_path):
    changed = tmp_path / "html.py"
    changed.write_bytes(b"# another environment\n")
    assert not is_compiled(compiled_templates.find("html", str(changed), built))


def test_another_version_of_jinja_compiles_anew(built, monkeypatch):
    monkeypatch.setattr(jinja2, "__version__", "0")
    assert not is_compiled(compiled_templates.find("html", html_page.__file__, built))


def test_another_template_compiles_anew(built, tmp_path, monkeypatch):
    for source in templates_directory().glob("*.j2"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(compiled_templates, "templates_directory", lambda: tmp_path)
    assert is_compiled(compiled_templates.find("html", html_page.__file__, built))
    (tmp_path / "_icons.html.j2").write_bytes(b"")
    assert not is_compiled(compiled_templates.find("html", html_page.__file__, built))


def test_nothing_built_compiles_in_memory(tmp_path):
    assert not is_compiled(compiled_templates.find("html", html_page.__file__, tmp_path))


def test_what_is_built_anew_meanwhile_is_compiled_in_memory(built):
    loader = compiled_templates.find("html", html_page.__file__, built)
    environment = html_page.environment().overlay(loader=loader)
    assert environment.get_template("report.html.j2")
    shutil.rmtree(built / "html")
    assert environment.get_template("fleet.html.j2")


def test_a_runbook_is_compiled_alike_in_each_language(tmp_path):
    for language in ("en", "de"):
        environment = runbook.environment(language)
        compiled_templates.compile_into(tmp_path / language, "md", runbook.__file__, environment)
    (english,) = (tmp_path / "en" / "md").glob("*.py")
    assert english.read_bytes() == (tmp_path / "de" / "md" / english.name).read_bytes()
