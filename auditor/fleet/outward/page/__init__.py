"""Pages of a fleet: one file without a server for the operator, and one for each tenant."""
