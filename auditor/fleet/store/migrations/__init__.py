"""Versions of the schema of a history, from the first to the newest one."""
