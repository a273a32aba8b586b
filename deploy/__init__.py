"""How PrepBridge is set up and run."""
