"""When and where each PBX of a run is read and judged: in threads, in processes, so many at a time.

Nothing here knows the history or an inventory's files.
"""
