"""A share with the interval in which it may well lie."""

from math import sqrt

from pydantic import BaseModel, ConfigDict

Z_95 = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


class Rate(BaseModel):
    """`count` of `out_of`; share and bounds between 0 and 1. Without a denominator there is no rate."""

    model_config = ConfigDict(frozen=True)

    count: int
    out_of: int
    share: float | None
    low: float | None
    high: float | None


def rate(count: int, out_of: int) -> Rate:
    """The share with its Wilson score interval, 95 % (E. B. Wilson, JASA 22, 1927): right for small groups too."""
    if not 0 <= count <= out_of:
        raise ValueError("A share counts some of the whole.")
    if out_of == 0:
        return Rate(count=0, out_of=0, share=None, low=None, high=None)
    share = count / out_of
    square = Z_95**2 / out_of
    centre = (share + square / 2) / (1 + square)
    half = Z_95 / (1 + square) * sqrt(share * (1 - share) / out_of + square / (4 * out_of))
    return Rate(
        count=count,
        out_of=out_of,
        share=share,
        low=0.0 if count == 0 else max(0.0, centre - half),
        high=1.0 if count == out_of else min(1.0, centre + half),
    )
