"""Checks of calls: what can be dialled and diverted, and what lets callers in."""
