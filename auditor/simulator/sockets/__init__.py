"""The WebSockets of a simulated PBX (`shared/reference/websocket-apis.md`)."""
