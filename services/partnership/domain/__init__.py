"""The rules; frozen, synchronous, knows no I/O."""
