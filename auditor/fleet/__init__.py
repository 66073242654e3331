"""Many PBXs: which there are, and what a run does with them."""
