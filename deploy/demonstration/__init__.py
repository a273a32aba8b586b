"""The demonstration: simulated people on real organizations, and what became of them."""
