"""A form that cannot be taken as it was filled in."""

from collections.abc import Mapping


class FormRefused(Exception):
    """`errors`: the id of the control → what is wrong there, in plain words."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Some fields are not right.")
        self.errors = dict(errors)
