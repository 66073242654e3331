"""How digests get to their recipients without loss: what is due, tried, noted and tried again."""
