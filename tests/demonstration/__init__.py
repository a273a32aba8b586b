"""The demonstration: its real organizations, its simulated people, and how it is played."""
