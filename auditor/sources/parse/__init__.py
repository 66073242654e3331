"""Pure parsers: bytes in, readings out; only `SourceError` may escape."""
