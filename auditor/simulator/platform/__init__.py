"""A small simulated App Platform with the Devices app (`websocket-apis.md` 7)."""
