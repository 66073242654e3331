"""The line of a TOML file that a key stands at, for errors that people have to mend."""

from __future__ import annotations

from typing import Any

from auditor.files.toml_reading import TomlError, parse_toml


def line_of(text: str, keys: tuple[str, ...]) -> int:
    """Return the number of the line that leads furthest towards the keys."""
    table: tuple[str, ...] = ()
    best, depth = 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        head = line.strip()
        if head.startswith("["):
            path = table = _keys_of(head)
        else:
            path = (*table, *_keys_of(f"{head.partition('=')[0]} = 0"))
        if depth < len(path) <= len(keys) and keys[: len(path)] == path:
            best, depth = number, len(path)
    return best


def _keys_of(line: str) -> tuple[str, ...]:
    """Return the keys that one line of TOML, a table header or an assignment, names."""
    content: Any
    try:
        content = parse_toml(line)
    except TomlError:
        return ()
    keys: list[str] = []
    while isinstance(content, dict) and len(content) == 1:
        ((key, content),) = content.items()
        keys.append(key)
    return tuple(keys)
