"""Whether a PBX can be reached, trusted and read, and what is missing."""
