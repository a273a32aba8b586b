"""What the three services agree on; imports no service."""
