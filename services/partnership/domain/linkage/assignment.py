"""One to one: each record is of one person, and no two records of one side are of the same."""

from collections.abc import Iterable

from services.partnership.domain.linkage.scoring import Pair


def one_to_one(pairs: Iterable[Pair], threshold: float) -> list[Pair]:
    """The strongest pairs first; whoever is in one is in no further one.

    Not the heaviest set of pairs that there is: that one would break up a strong pair to make two weak ones.
    """
    lefts: set[str] = set()
    rights: set[str] = set()
    found = []
    for pair in sorted(pairs, key=lambda each: (-each.weight, each.left, each.right)):
        if pair.weight < threshold:
            break
        if pair.left not in lefts and pair.right not in rights:
            lefts.add(pair.left)
            rights.add(pair.right)
            found.append(pair)
    return found
