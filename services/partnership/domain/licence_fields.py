"""Names of licence fields, as providers and districts write them, in one form to compare by."""

import unicodedata


def normal_field(name: str) -> str:
    """The same for “Early Childhood”, “EARLY–CHILDHOOD ” and “Early childhood”; nothing is guessed beyond that.

    Without case, with one blank wherever there is no letter or figure, and with “and” for “&”.
    """
    written = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    return " ".join("".join(letter if letter.isalnum() else " " for letter in written).split())
