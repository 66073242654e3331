"""SOAP of the simulated PBX: its endpoint, its description, and the operations that it has."""
