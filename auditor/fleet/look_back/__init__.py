"""What a fleet's history answers: how every PBX stands, since when and why, and what was once so.

It reads the history and judges stored snapshots again; nothing here reads a PBX.
"""
