"""Doors for people and machines."""
