"""What an audit of a PBX means beside the one before: judgements, changes with causes, identity.

Pure: no database and no network. Workers call it, the store keeps what it returns.
"""
