"""No control is named outside rules, profiles and tests: its document says what it is about."""

from __future__ import annotations

import re
from pathlib import Path

from auditor.rules.catalogue import load_catalogue

CHECKOUT = Path(__file__).parents[2]
ROOMS = ("auditor", "reports")
TEXTS = {".css", ".html", ".j2", ".js", ".json", ".md", ".po", ".py", ".toml", ".txt"}
IDS = re.compile(rf"\b({'|'.join(load_catalogue().rules)})\b")
# Where people read an id as an example of one, and how often.
EXAMPLES = {
    "auditor/cli/help_examples.py": 8,
    "auditor/cli/fleet/judge_again.py": 1,
    "auditor/cli/fleet/look_back.py": 1,
    "auditor/cli/remediate.py": 1,
    "auditor/messages/locale/de/LC_MESSAGES/pbx-auditor.json": 2,
    "auditor/messages/locale/de/LC_MESSAGES/pbx-auditor.po": 2,
    "auditor/report/html/glossary.py": 1,
    "auditor/remediation/script/arguments.py": 1,
}


def files():
    return sorted(p for room in ROOMS for p in (CHECKOUT / room).rglob("*") if p.suffix in TEXTS)


def test_no_control_is_named():
    named = {
        path.relative_to(CHECKOUT).as_posix(): IDS.findall(path.read_text(encoding="utf-8"))
        for path in files()
    }
    assert {path: len(ids) for path, ids in named.items() if ids} == EXAMPLES, named


def test_what_may_name_one_is_there():
    assert {path.relative_to(CHECKOUT).as_posix() for path in files()} >= set(EXAMPLES)
    assert IDS.findall("HD-05, UTF-16 and (BAK-02)") == ["HD-05", "BAK-02"]
