"""A live PBX: HTTP, TLS and SOAP, read-only."""
