"""The crash file: where the program broke, without messages or values, which could be secret."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from pathlib import Path

from auditor import __version__
from auditor.messages.message import Message, say


def write_crash_file(error: BaseException) -> Message:
    """Write a new file (mode 0600) that names the places of the crash; return where it is."""
    lines = [f"pbx-auditor {__version__}, Python {platform.python_version()}"]
    seen: BaseException | None = error
    while seen is not None:
        lines.append(type(seen).__name__)
        lines += [
            f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        seen = seen.__cause__ or seen.__context__
    try:
        handle, name = tempfile.mkstemp(prefix="pbx-auditor-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError:
        return say("no crash file could be written")
    return say("see {file}", file=name)
