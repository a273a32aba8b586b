"""Survey: ask, and keep the answer."""
