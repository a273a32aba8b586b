"""Analytics' memory: every Mongo query of this service, and nothing else."""
