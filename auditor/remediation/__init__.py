"""Remediation: findings to an ordered plan with an undo, and a runbook for people."""
