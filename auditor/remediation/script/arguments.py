"""What whoever runs this says: the account, the language and the options."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from auditor.remediation.script.digest_login import address
from auditor.remediation.script.script_messages import Speech, listed, say, speak
from auditor.remediation.script.shared import ASK, CLASSES, StopError, ask


def account() -> tuple[str, str]:
    """Return the name and the password of the administrator."""
    name = os.environ.get("PBX_ADMIN_USERNAME")
    password = os.environ.get("PBX_ADMIN_PASSWORD")
    if name and password:
        return name, password
    if not sys.stdin or not sys.stdin.isatty():
        raise StopError(2, say("set PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD"))
    return ask(say("administrator: ")), ask(say("password: "), getpass.getpass)


class Parser(argparse.ArgumentParser):
    """Takes a command line apart, and says what is wrong with it as all else is said."""

    def error(self, _: str) -> NoReturn:
        """Refuse a command line, for a reason that only the library has words for."""
        raise StopError(2, say("this cannot be understood, see --help"))

    def options(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """Return what a command line says."""
        try:
            options, more = self.parse_known_args(arguments)
        except argparse.ArgumentError as error:
            name = error.argument_name or ""
            if name in {"/".join(one.option_strings) for one in self._actions if one.nargs == 0}:
                raise StopError(2, say("{option} takes no value", option=name)) from None
            raise StopError(2, say("{name} needs another value, see --help", name=name)) from None
        if more:
            raise StopError(2, say("there is no {name}, see --help", name=more[0]))
        return options


def choose_language(arguments: Sequence[str] | None) -> None:
    """Speak the language that is asked for; without one, that of this file."""
    parser = Parser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--language", default=Speech.language)
    try:
        options, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError:  # there is no value, which is said soon
        return
    if not speak(options.language):
        known = listed(sorted(Speech.known))
        raise StopError(2, say("--language can be one of these: {names}", names=known))


def options_of(arguments: Sequence[str] | None, *, back: bool) -> argparse.Namespace:
    """Return what the command line says."""
    # In the file that is handed out: how it begins, and where it lies.
    parser = Parser(
        description=__doc__,
        allow_abbrev=False,  # half of a name could be meant for another option
        formatter_class=argparse.RawDescriptionHelpFormatter,
        exit_on_error=False,
    )
    add = parser.add_argument
    add("--plan", type=Path, default=Path(__file__).with_name("plan.json"), help="the plan")
    add("--url", default="", help="address of the PBX, the master: https://host")
    add("--fingerprint", default="", help="SHA-256 of the certificate, instead of a trusted one")
    add("--ca-file", default=None, help="authority of the certificate")
    add(
        "--apply",
        nargs="?",
        default="",
        const=ASK,
        metavar="HASH",
        help="do it: the first 12 characters of the hash of the plan; without them it asks",
    )
    add("--only", default="", metavar="HD-04,7,…", help="steps of these controls or numbers only")
    add("--class", dest="classes", action="append", choices=CLASSES, help="steps of this class")
    add("--accept-dangerous", action="store_true", help="although the plan opens something")
    add("--passwords-ready", action="store_true", help="phones and people have the new passwords")
    add("--password-command", default="", metavar="PROGRAM", help="keeps new passwords")
    if back:
        add("--restore", action="store_true", help="what was noted, whatever is there now")
        add("--everything", action="store_true", help="with --restore: all else that was kept too")
    add("--language", help=f"of what is said: {listed(sorted(Speech.known))}")
    options = parser.options(arguments)
    if back and options.everything and not options.restore:
        raise StopError(2, say("--everything goes with --restore only"))
    address(options.url)
    return options
