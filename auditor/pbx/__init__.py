"""What a PBX means: its view, its hot-desking roles, effective values, filters and numbers."""
