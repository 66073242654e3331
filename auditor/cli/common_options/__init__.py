"""Options that several commands have, given on the command line or by a project file."""
