"""What the operator types: how the services are, what is parked, and what to do about it."""
