"""The story told to one fleet, night by night, with what was answered after each."""

from __future__ import annotations

import json
from itertools import chain

from auditor.errors import ExitCode
from auditor.run.gate import strongest
from tests.fleet.runner.conftest import Inline
from tests.fleet.story.telling import NIGHTS, STORY, Clock, Told, at, compared

FORMATS = "json,html,csv,markdown,sarif,junit"
REACHED = {"audited", "identity-conflict"}


class Stopping(Inline):
    """Judges some PBXs, and is stopped by Ctrl-C then."""

    left = 7

    def hand_out(self, task, now):
        if not Stopping.left:
            raise KeyboardInterrupt
        Stopping.left -= 1
        super().hand_out(task, now)


def everybody(fits=lambda _: True):
    """Return the PBXs of the story that fit, each with the number that it always has."""
    return [Told(one, number) for number, one in enumerate(STORY["pbx"], 1) if fits(one)]


class Whole:
    """The story as it is told to one fleet, and what was answered after each night."""

    def __init__(self, teller, workers, monkeypatch):
        self.teller, self.workers, self.monkeypatch = teller, workers, monkeypatch
        self.wrong, self.answers, self.reports = {}, {}, {}
        self.outputs, self.runs, self.drifted = [], {}, []
        self.number = 0

    def tell(self, nights=NIGHTS):
        for night in nights:
            Clock.moment = at(night)
            if night == 6:
                self.teller.names = {one: f"{name} AG" for one, name in self.teller.names.items()}
            self.teller.write(night)
            self.teller.rebind()
            self._set_tool()
            self.night(night)

    def _set_tool(self):
        """Let it be another version of this program, for all that are judged from now on."""
        for tool in (one.now["tool"] for one in self.teller.pbxs if one.now["tool"]):
            self.monkeypatch.setattr("auditor.fleet.drift.kept_documents.__version__", tool)

    def run(self, *options):
        self.number += 1
        ended = self.teller.console("fleet", "run", *options)
        self.outputs.append((options, ended.said))
        return ended.code

    def tell_in_short(self, nights=NIGHTS):
        """Tell only what a night says of a PBX: nobody is audited of whom it says nothing."""
        for night in nights:
            if not any(night in one.nights for one in self.teller.pbxs):
                continue
            Clock.moment = at(night)
            self.teller.write(night)
            told = [one for one in self.teller.pbxs if night in one.nights]
            told = [one for one in told if not one.now["absent"]]
            if not told:
                continue
            self.teller.rebind()
            self._set_tool()
            only = chain.from_iterable(("--only", one.id) for one in told)
            self.check(night, self.number + 1, self.run(*only), told)

    def night(self, night):
        """Tell all of a night."""
        first = self.number + 1
        code = self._run_of(night)
        there = [one for one in self.teller.pbxs if not one.now["absent"]]
        self.check(night, first, code, there)
        for one in self.teller.pbxs:
            self._keep_report(night, one)
        self.answers[night] = [self.teller.json("status"), self.teller.json("drift")]

    def check(self, night, first, code, there):
        """Compare a night with what is told of these PBXs."""
        found: dict[str, object] = {}
        expected = self.expected_code(there)
        if code != expected:
            found["code"] = f"{code}, not {expected}"
        status = {one["pbx"]: one for one in self.teller.json("status")["pbxs"]}
        listed = {one.id for one in self.teller.pbxs if not one.now["absent"]}
        if status.keys() != listed:
            found["there"] = sorted(status.keys() ^ listed)
        drift = self.teller.drift(first)
        self.drifted += chain.from_iterable(drift.values())
        for one in there:
            of_one = compared(one.expected["changes"], drift.get(one.id, []))
            of_one = {key: value for key, value in of_one.items() if value}
            if status[one.id]["state"] != one.expected["state"]:
                of_one["state"] = f"{status[one.id]['state']}, not {one.expected['state']}"
            if of_one:
                found[one.id] = of_one
        if found:
            self.wrong[night] = found
        self.runs[night] = first

    def _run_of(self, night):
        """Run as that night is run; return the code by which it is counted."""
        if night in {2, 7}:
            return self.run("--changed")
        if night == 3:
            codes = [self.run("--only", f"tenant={tenant}") for tenant in self.teller.tenants]
            return strongest(map(ExitCode, codes))
        if night == 4:
            Stopping.left = 7
            self.workers(Stopping)
            assert self.run() == ExitCode.INTERRUPTED
            self.workers(Inline)
            self.number -= 1
            return self.run("--resume")
        if night == 5:
            code = self.run()
            Clock.moment = at(night, hours=2)
            # The same again: nothing is new, and who cannot be read cannot be read.
            again = {ExitCode.FINDINGS} if self._in_conflict() else set()
            again |= {ExitCode.UNREACHABLE} if self._few() else set()
            assert self.run() == strongest([*again, ExitCode.OK])
            assert self.teller.drift() == {}
            return code
        if night == 8:
            return self.run("--format", FORMATS)
        return self.run()

    def _in_conflict(self):
        return any(one.expected["ending"] == "identity-conflict" for one in self.teller.pbxs)

    def _few(self):
        there = [one for one in self.teller.pbxs if not one.now["absent"]]
        reached = sum(one.expected["ending"] in REACHED for one in there)
        return reached * 100 < 95 * len(there)

    def expected_code(self, there):
        codes = {ExitCode(one.expected["code"]) for one in there} - {ExitCode.UNREACHABLE}
        if self._few():
            codes.add(ExitCode.UNREACHABLE)
        return strongest([*codes, ExitCode.OK])

    def _keep_report(self, night, one):
        pointer = self.teller.path / "reports" / one.tenant / one.id / "latest"
        if pointer.exists():
            document = json.loads((pointer.resolve() / "report.json").read_text("utf-8"))
            self.reports[night, one.id] = findings(document)


def findings(document):
    """Return what a report comes to, without when and by whom it was made."""
    return {
        "exit": document["summary"]["exit_code"],
        "score": document["summary"]["score"],
        "results": [
            (
                one["id"],
                one["status"],
                one["severity"],
                sorted((o["fingerprint"], o["verdict"]) for o in one["observations"]),
            )
            for one in document["results"]
        ],
        "accepted": sorted(json.dumps(one, sort_keys=True) for one in document["accepted"]),
    }
