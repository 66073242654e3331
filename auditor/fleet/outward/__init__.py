"""What a fleet's history tells outside: who needs a hand this morning, and what changed by name.

It reads the history and says what is there; nothing here reads a PBX. Only a report that is made
again is judged, from what the history kept.
"""

from enum import StrEnum
from typing import Final

# The page of a fleet, and of a tenant in a folder of its id.
PAGE: Final = "index.html"


class Reports(StrEnum):
    """Of which PBXs the report is made again for a page."""

    NONE = "none"
    NEEDING = "needing"
    ALL = "all"
