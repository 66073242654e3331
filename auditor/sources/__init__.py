"""Sources: everything a snapshot can be made from."""
