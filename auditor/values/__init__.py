"""Values of the field that stand alone: networks, labels of firmware, names and patterns."""
