"""The survey's memory: every query of this service to MongoDB, and nothing else."""
