"""Names of files and folders that people can read and every file system takes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LONGEST: Final = 60
# What is written with two letters, and letters that have no accent to take away.
_SPELT: Final = (
    "ä=ae ö=oe ü=ue Ä=Ae Ö=Oe Ü=Ue ß=ss ẞ=SS æ=ae Æ=Ae œ=oe Œ=Oe þ=th Þ=Th "
    "ø=o Ø=O ł=l Ł=L đ=d Đ=D ð=d Ð=D ħ=h Ħ=H"
)
_LETTERS: Final = str.maketrans(dict(pair.split("=") for pair in _SPELT.split()))
_OTHER: Final = r"[^A-Za-z0-9._-]+"
# Windows takes these for devices, whatever follows their first dot.
_DEVICES: Final = r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)"


def readable(text: str) -> str:
    """Return a text as a part of a file name, in ASCII, as people would spell it; it may be empty.

    Nothing is put before it, and it never begins with a dot or a hyphen, nor ends with one.
    """
    spelt = unicodedata.normalize("NFC", text).translate(_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))
    name = re.sub(_OTHER, "-", plain).strip("-._")[:_LONGEST].rstrip("-._")
    return f"pbx-{name}" if is_device(name) else name


def is_device(name: str) -> bool:
    """Return whether Windows takes a name for a device, in whatever case."""
    return re.match(_DEVICES, name) is not None
