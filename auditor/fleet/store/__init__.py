"""The history of a fleet in a database: what was audited, what changed and why, and what was done.

Nothing else touches the database. `History` is what everything outside works with.
"""
