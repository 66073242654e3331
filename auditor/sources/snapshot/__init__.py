"""From readings to one snapshot: merged, reduced to evidence, saved and loaded."""
