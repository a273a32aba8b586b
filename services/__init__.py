"""The three services of PrepBridge; none imports another."""
