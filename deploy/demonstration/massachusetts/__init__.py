"""Real organizations of Massachusetts: where they come from and how they were cleaned (SOURCES.md)."""
