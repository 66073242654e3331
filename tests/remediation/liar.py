"""A PBX that lies over real sockets, and somebody who runs the scripts in this process.

What it shows and stores is the simulator's; a `Lie` stands between it and what it is sent.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from html import unescape
from types import ModuleType, SimpleNamespace
from urllib.parse import unquote
from xml.sax.saxutils import escape

from auditor.pbx import crypt
from auditor.remediation.composing import REMEDIATE, scripts
from auditor.remediation.plan import render_plan, with_hash
from auditor.simulator import object_changes
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.command_processor import CommandError
from auditor.simulator.responses import MASK, configuration
from auditor.simulator.soap.admin import admin
from auditor.simulator.state import SimulatorState
from auditor.simulator.tolerant import read_xml
from tests.remediation.web import Web

OK, ERROR, NOTHING = "<ok/>", "<error>no</error>", ""
BOX, SOAP, LINES = "/CMD0/box_info.xml", "/PBX0/user.soap", "/cfg.txt"


@dataclass(frozen=True)
class Lie:
    """What a PBX does with an object that it is sent, what it says then, and how often.

    `stores` gets the object before, the honest one after, what was sent and the PBX, and returns
    what is stored. `shows` is what becomes of an object that is shown after a write, until the
    next write and no more than `showings` times. `NOTHING` for an answer cuts the connection.
    `line` and `says` are the same for a line of the configuration.
    """

    stores: Callable = lambda old, new, sent, pbx: new  # noqa: ARG005
    answers: str = OK
    shows: Callable = lambda text: text
    line: Callable = lambda line: line
    says: bytes = b"ok"
    times: int = 1
    showings: int = 99


class Liar:
    """A simulated PBX that lies `times`, and is honest before and after."""

    def __init__(self, pbx, lie):
        self.state = SimulatorState(pbx, Behaviour())
        self.lie = lie
        self.left = lie.times
        self.showings = lie.showings
        self.writes = 0
        self.shows = 0
        self.before_show = {}  # by the number of the request: what somebody does then
        self.web = Web(self.answer)
        self.url = self.web.url

    @property
    def lines(self):
        """Return the configuration as a person would save it."""
        return configuration(self.state.pbx, 1).splitlines()

    @property
    def settings(self):
        return self.state.settings

    def answer(self, path, body):
        if path == BOX:
            return f'<info><sys serial="{self.state.pbx.box.serial}"/></info>'.encode()
        if path == LINES:
            lines = "".join(f"config change {line}\r\n" for line in self.settings.pending)
            return lines.encode() + self.state.object_lines()
        if path.startswith("/!"):
            return self.configured(unquote(path[2:])) or None
        command = unescape(re.search(r"<xml[^>]*>(.*)</xml>", body.decode(), re.DOTALL)[1])
        inner = self.changed(command) if command.startswith("<modify") else self.shown(command)
        return f"<e><b><return>{escape(inner)}</return></b></e>".encode() if inner else None

    def shown(self, command):
        if not command.startswith("<show"):
            self.writes += 1
            return admin(self.state, command, may_write=True)
        self.shows += 1
        self.before_show.pop(self.shows, lambda _: None)(self)
        text = admin(self.state, command, may_write=True)
        if not self.writes or self.left < 0 or not self.showings:
            return text
        self.showings -= 1
        return self.lie.shows(text)

    def changed(self, command):
        self.writes += 1
        if not self.left:
            self.left = -1
        if self.left <= 0:
            return admin(self.state, command, may_write=True)
        self.left -= 1
        sent = read_xml(command).child("user")

        def write(pbx):
            old = object_changes.existing(pbx, sent.attributes)
            new = object_changes.existing(object_changes.modify(pbx, sent), {"guid": old.guid})
            return object_changes.store(pbx, self.lie.stores(old, new, sent, pbx))

        self.state.edit(write)
        return self.lie.answers

    def configured(self, command):
        self.writes += 1
        line, answer = command.removeprefix("config "), b"ok"
        if self.left and line.startswith("change "):
            self.left -= 1
            line, answer = self.lie.line(line), self.lie.says
        try:
            self.state.configure(lambda s: s.after(line) if line else s)
        except CommandError:
            return b"?"
        return answer

    def close(self):
        self.web.close()


@cache
def compiled():
    return compile(scripts()[REMEDIATE], REMEDIATE, "exec")


def script():
    module = ModuleType("remediate_under_test")
    module.__file__ = REMEDIATE
    exec(compiled(), vars(module))  # noqa: S102 -- what is handed out
    vars(module)["leave_no_core"] = lambda: None  # this process is that of the tests
    vars(module)["PAUSES"] = (0,)
    return module


class Hand:
    """Somebody who has the folder of a plan, and runs its scripts."""

    def __init__(self, folder, plan, url):
        self.folder = folder
        self.plan = plan
        self.url = url
        self.module = script()
        folder.mkdir(mode=0o700)
        (folder / "plan.json").write_bytes(render_plan(plan))

    def run(self, *more, back=False):
        out, err = io.StringIO(), io.StringIO()
        given = ["--plan", str(self.folder / "plan.json"), "--url", self.url, *more]
        with redirect_stdout(out), redirect_stderr(err):
            code = self.module.main(given, back=back)
        return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue())

    def apply(self, *more, back=False):
        return self.run("--apply", self.plan.hash, *more, back=back)


KINDS = ("attribute", "device", "new-device", "part", "marks", "parent", "password")


def step_of(plan, kind):
    """Return the first step of a kind of change."""
    steps = [step for step in plan.steps if step.change.machine]
    if kind == "several marks":
        marks = [step for step in steps if step.change.machine.kind == "marks"]
        return next(step for step in marks if " " in step.change.machine.before)
    return next(step for step in steps if step.change.machine.kind == kind)


def by_script(plan):
    """Return a plan without what is left to people, which each run would read again."""
    return with_hash(replace(plan, steps=[step for step in plan.steps if step.change.machine]))


class Case:
    """One step at one liar."""

    def __init__(self, liar, folder, plan, kind):
        self.liar = liar
        self.hand = Hand(folder, by_script(plan), liar.url)
        self.only = ("--only", str(step_of(plan, kind).number), "--passwords-ready")
        self.before = liar.lines
        if kind == "password":
            assert self.apply().code == 0  # it is made first, and not set
        assert liar.writes == 0

    def apply(self):
        return self.hand.apply(*self.only)

    def roll_back(self, *more):
        return self.hand.apply(*self.only[:2], *more, back=True)

    def bring_back(self):
        """Take it back as somebody would: plainly, then by what was noted, as often as needed."""
        done = self.roll_back()
        for _ in range(2):
            if done.code:
                done = self.roll_back("--restore")
        return done


# --- what it does with an object


def literal(_old, new, sent, pbx):
    """Take the mask for a password, unless the encrypted one is stated."""
    if "pwdx" in sent.attributes or sent.attributes.get("pwd") != MASK:
        return new
    return replace(new, password=crypt.encrypt(pbx.key, MASK))


def always_literal(_old, new, sent, pbx):
    """Take the mask for a password always; an encrypted one that stands alone counts."""
    if sent.attributes.get("pwd") == MASK:
        return replace(new, password=crypt.encrypt(pbx.key, MASK))
    if "pwdx" in sent.attributes:
        return replace(new, password=bytes.fromhex(sent.attributes["pwdx"]))
    return new


def without_password(_old, new, sent, _pbx):
    return new if "pwdx" in sent.attributes else replace(new, password=None)


def without_parts(*tags):
    def stores(_old, new, _sent, _pbx):
        kept = tuple(c for c in new.children if tags and c.tag not in tags)
        return replace(new, children=kept)

    return stores


def without_attributes(which):
    def stores(_old, new, _sent, _pbx):
        names = list(new.attributes)[which]
        return replace(new, attributes={k: v for k, v in new.attributes.items() if k not in names})

    return stores


def without_name(name):
    def stores(_old, new, _sent, _pbx):
        return replace(new, names={k: v for k, v in new.names.items() if k != name})

    return stores


def half_of_the_change(old, new, _sent, _pbx):
    """Take every second of the attributes and parts that differ."""
    names = sorted({*old.attributes, *new.attributes})
    differ = [k for k in names if old.attributes.get(k) != new.attributes.get(k)]
    attributes = {
        k: v for k, v in {**old.attributes, **new.attributes}.items() if k in new.attributes
    }
    for name in differ[::2]:
        attributes.pop(name, None)
        if name in old.attributes:
            attributes[name] = old.attributes[name]
    gone = [child for child in old.children if child not in new.children]
    return replace(new, attributes=attributes, children=(*new.children, *gone[::2]))


def untouched(old, _new, _sent, _pbx):
    return old


def with_more(_old, new, _sent, _pbx):
    return replace(new, attributes={**new.attributes, "by-itself": "1"})


def spelled_otherwise(_old, new, _sent, _pbx):
    return replace(new, attributes={k: v.upper() for k, v in new.attributes.items()})


def turned_round(_old, new, _sent, _pbx):
    return replace(new, children=new.children[::-1])


def poorer_devices(_old, new, _sent, _pbx):
    """Keep of each device nothing but its hardware id."""

    def poorer(part):
        kept = {"hw": part.attributes["hw"]} if part.tag == "device" else part.attributes
        return replace(part, attributes=kept)

    return replace(new, children=tuple(map(poorer, new.children)))


def emptied_parts(_old, new, _sent, _pbx):
    return replace(new, children=tuple(replace(one, children=()) for one in new.children))


def a_part_doubled(_old, new, _sent, _pbx):
    return replace(new, children=(*new.children, *new.children[:1]))


LIES = {
    "honest": Lie(times=0),
    "literal mask": Lie(literal),
    "literal mask for good": Lie(literal, times=99),
    "literal mask, stated or not": Lie(always_literal, times=99),
    "no password": Lie(without_password),
    "no password for good": Lie(without_password, times=99),
    "no devices": Lie(without_parts("device")),
    "no devices for good": Lie(without_parts("device"), times=99),
    "no parts for good": Lie(without_parts(), times=99),
    "no pseudo": Lie(without_parts("pseudo")),
    "no parts": Lie(without_parts()),
    "no attributes": Lie(without_attributes(slice(None))),
    "the first attribute lost": Lie(without_attributes(slice(0, 1))),
    "half of the attributes": Lie(without_attributes(slice(0, None, 2))),
    "no number": Lie(without_name("e164")),
    "no cn": Lie(without_name("cn")),
    "no h323": Lie(without_name("h323")),
    "half of the change": Lie(half_of_the_change),
    "half of it, twice": Lie(half_of_the_change, times=2),
    "ok, and nothing done": Lie(untouched),
    "error, and done": Lie(answers=ERROR),
    "error, and half done": Lie(half_of_the_change, answers=ERROR),
    "error, and no devices": Lie(without_parts("device"), answers=ERROR),
    "no answer, and done": Lie(answers=NOTHING),
    "no answer, and poorer": Lie(without_attributes(slice(0, 1)), answers=NOTHING),
    "more than was sent": Lie(with_more),
    "other spelling": Lie(spelled_otherwise),
    "other order": Lie(turned_round),
    "other order for good": Lie(turned_round, times=99),
    "poorer devices": Lie(poorer_devices),
    "poorer devices for good": Lie(poorer_devices, times=99),
    "empty parts for good": Lie(emptied_parts, times=99),
    "a part twice for good": Lie(a_part_doubled, times=99),
    "no devices, twice": Lie(without_parts("device"), times=2),
    "shown without devices": Lie(shows=lambda text: re.sub(r"<device[^>]*/>", "", text)),
    "shown as nothing": Lie(shows=lambda _: "<info/>", showings=2),
    "shown as an error": Lie(shows=lambda _: ERROR, showings=1),
    "shown with another password": Lie(shows=lambda text: text.replace('pwdx="', 'pwdx="00')),
}

LINE_LIES = {
    "the last option lost": Lie(line=lambda line: line.rpartition(" /")[0]),
    "every option lost": Lie(line=lambda line: line.partition(" /")[0]),
    "lost, and an error": Lie(line=lambda line: line.partition(" /")[0], says=b"?"),
    "lost, and no answer": Lie(line=lambda line: line.partition(" /")[0], says=b""),
    "an option more": Lie(line=lambda line: f"{line} /by-itself"),
    "ok, and nothing done": Lie(line=lambda _: ""),
    "error, and done": Lie(says=b"?"),
    "no answer, and done": Lie(says=b""),
}
