"""Whose report it is, and for whom: the branding file of a handover, and its logos."""
