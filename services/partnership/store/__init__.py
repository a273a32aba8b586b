"""Partnership's memory: every Mongo query of this service, and nothing else."""
