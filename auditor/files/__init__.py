"""Reading and writing files: bounded, atomic, private; the one place for JSON and TOML."""
