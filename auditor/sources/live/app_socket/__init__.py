"""The PBX's own interface over WebSocket: its App socket, and the one of clients before a login."""
