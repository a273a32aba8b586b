"""New colleagues against a registry of completers: how long comparing by likeness takes, and training for it."""

from time import perf_counter

from services.partnership.domain.block_keys import block_keys
from services.partnership.domain.comparing import FIELDS, proposals, record_of_completer, record_of_staff
from services.partnership.domain.linkage.training import train
from services.partnership.store.linkage_models import model_without_training
from tests.bench.figures import Pace
from tests.partnership.noisy import Season, a_season

SEED = 4


def compared(staff: int, completers: int) -> Pace:
    """As the service does, on one thread, with everybody at once: the pairs are those that share a key."""
    season, model = a_season(staff, completers, SEED), model_without_training()
    began = perf_counter()
    found = proposals(season.staff, season.completers, completers, model)
    ended = perf_counter()
    right = sum(season.truth.get(who) == likely[0][0].completer_id for who, likely in found.items())
    if right < len(season.truth) / 2:
        raise ValueError(f"Only {right} of {len(season.truth)} were found.")
    return Pace(_pairs(season), ended - began)


def trained(staff: int, completers: int) -> Pace:
    season = a_season(staff, completers, SEED)
    began = perf_counter()
    left = [record_of_staff(each) for each in season.staff]
    right = [record_of_completer(each) for each in season.completers]
    train(left, right, FIELDS, model_without_training())
    return Pace(staff + completers, perf_counter() - began)


def _pairs(season: Season) -> int:
    """How many pairs share a key, each counted once."""
    by_key: dict[str, list[int]] = {}
    for number, completer in enumerate(season.completers):
        for key in block_keys(completer.known):
            by_key.setdefault(key, []).append(number)
    return sum(
        len({number for key in block_keys(person.known) for number in by_key.get(key, ())}) for person in season.staff
    )
