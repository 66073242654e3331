"""A simulated PBX on loopback, for the demo and the tests; nothing of it outlives the process."""
