"""What is wrong with a command line, in words of this program instead of the parser's.

The classes of the errors have no public names, so each is known by the name of its class and by
what it carries. What a parser says that is not known here is said as it is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from auditor.cli.command_table import COMMANDS
from auditor.cli.interaction.console import told
from auditor.errors import ExitCode
from auditor.files.wrong_values import option_problem
from auditor.messages.message import Message, joined, say
from auditor.messages.suggestions import meant, meant_or_known

_NO_ARGUMENTS: Final = "NoArgsIsHelpError"
# Errors without a class of their own.
_NO_COMMAND: Final = re.compile(r"Missing command")
_UNEXPECTED: Final = re.compile(r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)")
_UNKNOWN_COMMAND: Final = re.compile(r"No such command ['\"]?(.*?)['\"]?(?:\.|$)")


def is_usage(error: Exception) -> bool:
    """Return whether an error is about the arguments that were given."""
    can_show = callable(getattr(error, "show", None))
    return can_show and getattr(error, "exit_code", None) == ExitCode.USAGE


def usage_of(error: Any) -> str:  # noqa: ANN401 -- its class has no public name
    """Return the usage, what is wrong, and where to find more; of no arguments the help."""
    if type(error).__name__ == _NO_ARGUMENTS:
        said = io.StringIO()
        error.show(said)
        return said.getvalue().rstrip() or str(error.message)
    lines = [told(say("error: {message}", message=_reason(error)))]
    if error.ctx is None:
        return lines[0]
    path = error.ctx.command_path
    usage = error.ctx.get_usage().split(":", 1)[-1].strip()
    hint = say("Try `{command} --help`.", command=path)
    return "\n".join([told(say("Usage: {usage}", usage=usage)), told(hint), "", *lines])


def _reason(error: Any) -> Message:  # noqa: ANN401
    for name, words in _WORDS.items():
        if type(error).__name__ == name:
            return words(error)
    return _of_parser(error)


def _unknown_option(error: Any) -> Message:  # noqa: ANN401
    reason = say("there is no option {name} here", name=error.option_name)
    return meant(reason, error.option_name, _options_of(error.ctx))


def _missing(error: Any) -> Message:  # noqa: ANN401
    return say("{parameter} is missing", parameter=_name_of(error))


def _wrong_value(error: Any) -> Message:  # noqa: ANN401
    reason = say("this value cannot stand here")
    if isinstance(error.__cause__, ValidationError):
        reason = option_problem(error.__cause__)
    return say("{where}: {message}", where=_name_of(error), message=reason)


def _wrong_use(error: Any) -> Message:  # noqa: ANN401
    takes_none = "does not take a value" in error.message
    if takes_none:
        return say("{option} takes no value", option=error.option_name)
    return say("{option} needs a value", option=error.option_name)


def _of_parser(error: Any) -> Message:  # noqa: ANN401
    """Return what is wrong with the words of a command line: one too many, or no command."""
    if isinstance(error.__cause__, ValidationError):
        return option_problem(error.__cause__)
    if _NO_COMMAND.match(error.message):
        return say("the command is missing")
    if found := _UNEXPECTED.match(error.message):
        return say("there are too many arguments: {words}", words=found[1])
    if found := _UNKNOWN_COMMAND.match(error.message):
        unknown = say("there is no command {name}", name=repr(found[1]))
        return meant_or_known(unknown, found[1], _commands_of(error.ctx))
    return say("the command line cannot be understood ({reason})", reason=error.message)


_WORDS: Final[Mapping[str, Callable[[Any], Message]]] = {
    "NoSuchOption": _unknown_option,
    "MissingParameter": _missing,
    "BadParameter": _wrong_value,
    "BadOptionUsage": _wrong_use,
}


def _name_of(error: Any) -> Message | str:  # noqa: ANN401
    """Return the option or argument that an error is about, as somebody types it."""
    parameter = error.param
    if parameter is None:
        return say("command line")
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper().strip("[]")
    return joined("{one}, {other}", parameter.opts)


def _commands_of(context: Any) -> Iterable[str]:  # noqa: ANN401
    """Return the commands of the group that is asked for, or of the program."""
    return COMMANDS if context.parent is None else getattr(context.command, "commands", ())


def _options_of(context: Any) -> Iterable[str]:  # noqa: ANN401
    return [one for parameter in context.command.params for one in parameter.opts]
