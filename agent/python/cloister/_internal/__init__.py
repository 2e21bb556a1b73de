"""Not for use by programs: the sandbox's supervisor and loader."""
