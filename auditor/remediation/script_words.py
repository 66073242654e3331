"""What the scripts say, as messages of the program, and in the language of whoever runs them."""

from __future__ import annotations

from typing import Final

from auditor.messages.languages import LANGUAGES, Language, templates
from auditor.messages.message import Message, template
from auditor.remediation.script.change_kinds import in_words
from auditor.remediation.script.script_messages import ENGLISH, Part, Said, Templates, teach
from auditor.remediation.script.shared import Json, StopError

# What is said instead where the path stands before it already. A test finds each in the scripts.
REASONS: Final = {
    "{path} cannot be read ({error})": template("it cannot be read ({error})"),
    "{path} is no plan": template("this is no plan"),
    "{path} was changed since it was made: its hash is another one": template(
        "it was changed since it was made: its hash is another one"
    ),
    "{path} is no plan that this script understands": template(
        "this is no plan that this version understands"
    ),
}


def teach_languages() -> None:
    """Let the scripts, run by the program, speak every language that the program speaks."""
    for language in translations():
        teach(language, _templates(language))


def _templates(language: Language) -> Templates:
    choose = templates(language)
    return lambda english: choose(english, "", 0)


def translations() -> list[Language]:
    """Return the languages that the scripts are taught."""
    return [language for language in LANGUAGES if language != ENGLISH]


def why_unusable(error: StopError) -> Message:
    """Return why a plan cannot be used; what has no template of its own is told as it is said."""
    said = error.said
    return message_of(said._replace(template=REASONS.get(said.template, said.template)))


def words_of(change: Json) -> Message:
    """Return a change that a script makes, in words."""
    return message_of(in_words(change))


def message_of(said: Said) -> Message:
    """Return a sentence of the scripts as a message."""
    return Message(said.template, {name: _parameter(part) for name, part in said.parts})


def _parameter(part: Part) -> int | str:
    return message_of(part) if isinstance(part, Said) else part
