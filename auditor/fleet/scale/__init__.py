"""More than one machine: runs that hand their PBXs out to workers, through the database."""
