"""The inventory of a fleet: tenants and PBXs with permanent ids, read from `fleet.toml`."""
