"""Questions that a history answers; nothing here writes."""
