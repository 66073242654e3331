"""One run over a fleet: what is read, judged, reported and handed to the history, PBX by PBX."""
