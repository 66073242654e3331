"""What starts a fleet's runs by the clock, for systemd, cron, Windows and Kubernetes.

Each format has a module that makes the text of it, and escapes what stands in it.
"""
