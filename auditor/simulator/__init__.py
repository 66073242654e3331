"""A simulated PBX on loopback, for the demo and the tests; it keeps nothing and writes nothing."""
