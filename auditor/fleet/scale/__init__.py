"""Beyond one machine: workers that runs hand PBXs out to, and collectors in others' networks."""
