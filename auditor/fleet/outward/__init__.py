"""What a fleet says to those outside of it: pages, messages, metrics, and when it is started."""
