"""Which records are probably of one person: a model trained on the records themselves, by Splink on DuckDB in memory.

What is found here is a proposal with its reasons. It has no way to become a match but through a person.
"""
