"""One audit from a target to its report: what every command, and every scheduled run, calls."""
