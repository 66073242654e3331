"""The formats of a report, each a function of the one model."""
