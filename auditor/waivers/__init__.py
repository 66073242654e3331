"""Accepted risks: the file, how it is applied, and what became of each waiver."""
