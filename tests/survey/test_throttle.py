"""No domain is given more mails per second than told."""

from datetime import timedelta

from services.survey.use_cases.throttle import Throttle
from tests.survey.builders import NOW


def test_a_domain_is_given_so_many_mails_a_second_and_no_more() -> None:
    throttle = Throttle(per_second=2)
    assert [throttle.admits("a.example", NOW) for _ in range(3)] == [True, True, False]
    assert throttle.admits("a.example", NOW + timedelta(seconds=0.5))
    assert not throttle.admits("a.example", NOW + timedelta(seconds=0.5))


def test_domains_do_not_wait_for_each_other() -> None:
    throttle = Throttle(per_second=1)
    assert throttle.admits("a.example", NOW)
    assert throttle.admits("b.example", NOW)


def test_a_rate_below_one_still_lets_one_pass() -> None:
    throttle = Throttle(per_second=0.1)
    assert throttle.admits("a.example", NOW)
    assert not throttle.admits("a.example", NOW + timedelta(seconds=9))
    assert throttle.admits("a.example", NOW + timedelta(seconds=10))
