"""The command line: options in, exit code out; one module per command, no decisions."""
