"""Numbers as people say them."""


def counted(number: int, what: str) -> str:
    """`1 event`, `2,000 events`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def lasting(seconds: float) -> str:
    """`4 s`, `12 min`, `3 h`, `2 days`: rounded down."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
