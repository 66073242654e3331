"""The Devices app of an App Platform: which boxes there are, and the way through to them."""
