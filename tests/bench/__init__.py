"""Measurements, as ratios to a floor measured in the same run on the same servers: `make bench`."""
