"""A configuration as a set of leaves: single values, each with the place where it stands.

Only places that a dialect can name are kept: options of modules, and what stands in the `_ADMIN_`
object. Passwords, keys and encrypted variables are left out, so no leaf holds a stored secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from auditor.dialects import is_secret_name
from auditor.errors import SourceError
from auditor.messages.message import say
from auditor.model.snapshot import Box
from auditor.sources.parse.commands import parse_config_line
from auditor.sources.parse.header import read_header
from auditor.sources.parse.items import Damage, read_items
from auditor.sources.parse.lines import LineReader
from auditor.sources.parse.objects import ADMIN_OBJECT
from auditor.volatile import volatile_lines

_ITEM: Final = "mod cmd FLASHDIR0 add-item "
_ADMIN_ITEM: Final = f"(cn={ADMIN_OBJECT})"
_CONFIG: Final = "config "
# Modules whose lines change by themselves.
_NOISY_MODULES: Final = frozenset(one.module for one in volatile_lines() if one.module)
_HOLDER: Final = "user"


# The elements that lead to a place inside `_ADMIN_`, each with its number among its like.
Path = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, order=True)
class OptionLeaf:
    """The value of `config change <module> … /<option> <value>`; empty for a bare flag."""

    module: str
    option: str
    instance: int
    value: str = field(repr=False)
    line: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True, order=True)
class AdminLeaf:
    """An attribute inside `_ADMIN_`: `path` are the elements that lead to it, numbered."""

    path: Path
    attribute: str
    value: str = field(repr=False)
    line: int = field(compare=False, default=0)

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the names of the elements."""
        return tuple(tag for tag, _ in self.path)


Leaf = OptionLeaf | AdminLeaf


@dataclass(frozen=True, slots=True)
class Leaves:
    """The leaves of one configuration, the box it is of, and the module lines that it has.

    `elements` are all elements inside `_ADMIN_` with their lines, those without attributes too.
    """

    leaves: frozenset[Leaf]
    box: Box
    modules: frozenset[str]
    elements: frozenset[tuple[Path, int]]


def read_leaves(blocks: Iterable[bytes], source: str) -> Leaves:
    """Return the leaves of a configuration. Raises SourceError if the text is none."""
    reader = _LeafReader()
    for number, line in _logical_lines(LineReader(blocks, source)):
        reader.add(line, number)
    if not reader.modules and not reader.elements:
        raise SourceError(
            say("this is not a PBX configuration"),
            where=source,
            advice=say("give the cfg.txt of the box, as Save config delivers it"),
        )
    return Leaves(
        frozenset(reader.leaves),
        reader.box,
        frozenset(reader.modules),
        frozenset(reader.elements),
    )


def _logical_lines(reader: LineReader) -> Iterator[tuple[int, str]]:
    """Yield each command with its number; a line that starts with a blank continues the last."""
    pending, at = "", 0
    for first, block in reader:
        for number, line in enumerate(block, first):
            if line[:1] in {" ", "\t"} and pending:
                pending += line.strip()
                continue
            if pending:
                yield at, pending
            pending, at = line, number
    if pending:
        yield at, pending


class _LeafReader:
    def __init__(self) -> None:
        self.leaves: set[Leaf] = set()
        self.modules: set[str] = set()
        self.elements: set[tuple[Path, int]] = set()
        self.box = Box()
        self._instances: dict[str, int] = {}

    def add(self, line: str, number: int) -> None:
        """Add what one line says."""
        if line.startswith(_CONFIG):
            self._options(line, number)
        elif line.startswith(_ITEM) and _ADMIN_ITEM in line:
            self._admin(line, number)
        elif line.startswith("#"):
            self.box = read_header(line, self.box)

    def _options(self, line: str, number: int) -> None:
        command = parse_config_line(line)
        if not command.module or command.module.split()[0] in _NOISY_MODULES:
            return
        self.modules.add(command.module)
        at = self._instances.get(command.module, 0)
        self._instances[command.module] = at + 1
        for option in dict.fromkeys(name for name, _ in command.options):
            if is_secret_name(option):
                continue
            for value in command.texts(option):
                self.leaves.add(OptionLeaf(command.module, option, at, value, number))

    def _admin(self, line: str, number: int) -> None:
        for item in read_items([(number, line[line.find("(") :].rstrip())]):
            if isinstance(item, Damage):
                raise SourceError(
                    say(
                        "line {line}: the {name} object cannot be read ({reason})",
                        line=number,
                        name=ADMIN_OBJECT,
                        reason=item.reason,
                    ),
                    advice=say("save the configuration from the PBX again (/cfg.txt)"),
                )
            for path, node in _below(item.nodes, ()):
                self.elements.add((path, number))
                for name, value in node.attrib.items():
                    if not is_secret_name(name):
                        self.leaves.add(AdminLeaf(path, name, value, number))


def _below(nodes: Iterable[Element], path: Path) -> Iterator[tuple[Path, Element]]:
    """Yield every element with the path that leads to it."""
    counts: dict[str, int] = {}
    for node in nodes:
        at = counts.get(node.tag, 0)
        counts[node.tag] = at + 1
        here = (*path, (node.tag, at))
        yield here, node
        # Pages show everything inside one <user>, cfg.txt beside it.
        yield from _below(node, () if here == ((_HOLDER, 0),) else here)
