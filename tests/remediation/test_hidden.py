"""A PBX that shows less than it holds, or sends less than it announced: nothing is sent to it.

What is not shown cannot be noted, and what is not noted could not be put back.
"""

from __future__ import annotations

import re

import pytest

from auditor.simulator.responses import MASK
from tests.fixtures.sentences import says
from tests.remediation.conftest import made_by
from tests.remediation.liar import LIES, LINES, step_of

HIDING = {
    "a mark of a device": (r'(<device[^>]*?) text="[^"]*"', r"\1"),
    "all of a device but its id": (r'<device [^>]*?(hw="[^"]*")[^>]*/>', r"<device \1/>"),
    "what is inside": (r"(<pseudo[^>]*)>.*?</pseudo>", r"\1/>"),
    "the end of a value": (r' config="(..)[^"]+"', r' config="\1"'),
    "the number": (r'(<user[^>]*?) e164="[^"]*"', r"\1"),
    "the end of the password": (r'pwdx="(..)[^"]+"', r'pwdx="\1"'),
}


def hide(what, text):
    return re.sub(*HIDING[what], text)


def shown_through(liar, change):
    """Let what is shown go through a function; return the commands whose answer it changes."""
    honest, changed = liar.shown, []

    def shown(command):
        text = honest(command)
        if change(text) != text:
            changed.append(command)
        return change(text)

    liar.shown = shown
    return changed


def first_that_meets(one, hidden):
    """Apply step after step until one meets what is hidden: it is refused, and nothing is sent."""
    steps = [s for s in made_by(one.hand.plan) if s.change.machine.kind == "attribute"]
    for step in steps:
        hidden.clear()
        writes = one.liar.writes
        done = one.hand.apply("--only", str(step.number))
        if hidden:
            assert (done.code, one.liar.writes) == (1, writes)
            return
    pytest.fail("no object has what is hidden")


@pytest.mark.parametrize("what", HIDING)
def test_a_part_of_a_part(case, what):
    one = case(LIES["honest"], "attribute")
    hidden = shown_through(one.liar, lambda text: hide(what, text))
    first_that_meets(one, hidden)


@pytest.mark.parametrize("readable", [True, False])
@pytest.mark.parametrize("name", ["config", "hw"])
def test_a_mask_anywhere(case, name, readable):
    """It may be taken for the value, like that of a password."""
    one = case(LIES["honest"], "attribute")
    pattern, mask = rf' {name}="[^"]+"', f' {name}="{MASK}"'
    hidden = shown_through(one.liar, lambda text: re.sub(pattern, mask, text))
    if not readable:
        honest = one.liar.answer
        one.liar.web.answer = lambda at, body: b"-" if at == LINES else honest(at, body)
    first_that_meets(one, hidden)


def test_it_says_before_it_writes_that_it_cannot_compare(case):
    one = case(LIES["honest"], "attribute")
    honest = one.liar.answer
    one.liar.web.answer = lambda at, body: b"-" if at == LINES else honest(at, body)
    looked = one.hand.run(*one.only)
    assert (looked.code, one.liar.writes) == (0, 0)
    assert "cfg.txt" in looked.out
    assert one.apply().code == 0
    assert one.roll_back().code == 0
    assert one.liar.lines == one.before


def cut(one, content):
    """Return the configuration up to what stands behind the option that a step changes."""
    change = step_of(one.hand.plan, "option").change.machine
    start = content.index(f"config change {change.head} ".encode())
    end = content.index(b"\r\n", start)
    return content[: end - 2]


@pytest.mark.parametrize("announced", [True, False])
def test_a_line_whose_end_did_not_come(case, monkeypatch, announced):
    """Whatever was announced: both looks see the same, and the rest would be lost for good."""
    one = case(LIES["honest"], "option")
    change = step_of(one.hand.plan, "option").change.machine
    one.liar.state.configure(
        lambda settings: settings.after(
            f"change {change.head} {change.option} {change.before} /later kept"
        )
    )
    before = one.liar.lines
    honest = one.liar.answer

    def answer(handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        content = honest(handler.path, body)
        handler.send_response(200)
        if announced or handler.path != LINES:
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(cut(one, content) if handler.path == LINES else content)
        handler.close_connection = True

    handler = one.liar.web.server.RequestHandlerClass
    monkeypatch.setattr(handler, "do_GET", answer)
    monkeypatch.setattr(handler, "do_POST", answer)
    done = one.apply()
    assert done.code in {1, 3}
    assert (one.liar.writes, one.liar.lines) == (0, before)


def test_a_line_with_a_mask(case):
    one = case(LIES["honest"], "option")
    change = step_of(one.hand.plan, "option").change.machine
    line = f"config change {change.head} "
    honest = one.liar.answer

    def answer(path, body):
        content = honest(path, body)
        return content.replace(line.encode(), f"{line}/key {MASK} ".encode(), 1)

    one.liar.web.answer = answer
    done = one.apply()
    assert (done.code, one.liar.writes) == (1, 0)
    assert says("a mask in the line", done.err)
