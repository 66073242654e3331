"""`make rule ID=HD-04` checks one control, `make new-rule ID=XY-01 AREA=users` begins one.

Ends with 1 if something is left to do or a test fails, with 2 if what is asked for cannot be.
"""

from __future__ import annotations

import argparse
import os
import sys

from auditor.errors import AuditorError
from auditor.rules.catalogue import load_catalogue
from tests.authoring import check, places, scaffold
from tests.authoring.blanks import blanks
from tests.rules.cases import TableError

WRONG = 2


def main(arguments: list[str]) -> int:
    """Do what the first argument says, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.authoring", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    one = what.add_parser("check", help="check one control")
    one.add_argument("id")
    new = what.add_parser("new", help="begin a new control")
    new.add_argument("id")
    new.add_argument("area")
    new.add_argument("--name", default="", help="name of document and check: users-have-x")
    new.add_argument("--check", default="", help="a check that is there already: flag-is")
    given = parser.parse_args(arguments)
    os.chdir(places.CHECKOUT)
    try:
        if given.what == "check":
            return _check(given.id)
        return _new(scaffold.Wanted(given.id, given.area, given.name, given.check))
    except (AuditorError, check.UnknownError, scaffold.RefusedError, TableError) as error:
        sys.stderr.write(f"error: {error}\n")
        return WRONG


def _check(name: str) -> int:
    known = load_catalogue(examples=True)
    rule = check.find(name, known)
    _say(*check.about(rule, known))
    left = blanks(rule, known)
    if left:  # tests would say the same in other words
        _say(f"  still to do: {len(left)}", *(f"    {one}" for one in left))
        _say(f"The tests run when it is done: make rule ID={rule.id}")
        return 1
    _say(*check.advice(rule))
    sys.stdout.flush()
    return int(not check.run_tests(rule))


def _new(wanted: scaffold.Wanted) -> int:
    scaffold.refuse(wanted, load_catalogue())
    _say("written:", *(f"  {places.shown(path)}" for path in scaffold.write(wanted)))
    _say(
        "Profiles that hold everything have it already; name it in rules/profiles/ for others.",
        f"What is left, and where: make rule ID={wanted.id}",
    )
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
