"""What sentences were made of: the part of `report.json`, version 1, for other languages."""

from __future__ import annotations

from dataclasses import field

from auditor.values.frozen import frozen


@frozen
class Template:
    """An English sentence with the names of its parameters in braces.

    With a `plural`, the parameter `count` chooses between the two.
    """

    english: str
    plural: str = ""


@frozen
class Sentence:
    """What a sentence was made of: the place of its template in the report, and the parameters.

    The parameter `parts` is a list of texts, and the template says what stands between two of them.
    """

    template: int
    parameters: dict[str, int | str | Sentence | list[str | Sentence]] = field(default_factory=dict)
