"""What a fleet's history tells outside: who needs a hand this morning, and what changed by name.

It reads the history and says what is there; nothing here reads a PBX, and nothing judges.
"""

from typing import Final

# The page of a fleet, and of a tenant in a folder of its id.
PAGE: Final = "index.html"
