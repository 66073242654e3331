"""Finds where a box stores a setting, by the trace that a marker value leaves in its configuration.

A person changes one setting in the menus to a marker that occurs nowhere else. Comparing the
configuration before and after shows the place. Nothing is guessed: what is not clear is refused.
"""
