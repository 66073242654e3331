"""A security compliance auditor for innovaphone PBX systems."""

__version__ = "0.1.0"
