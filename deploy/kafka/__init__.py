"""The topics: a deploy step, never on the fly."""
