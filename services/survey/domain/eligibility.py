"""Who is asked about: a campaign's rules applied to what is known of a completer's hires."""

from datetime import datetime

from services.survey.domain.campaign import Campaign, Eligibility
from services.survey.domain.decision import Decision, Outcome, Rule, Target
from services.survey.domain.employment import Employment, Happened, Hire, Placed
from services.survey.domain.recipient import role_asked
from shared.events.partnership import Completion, MatchBasis

Candidate = tuple[Hire, Happened, Placed, Completion]


def decide(employment: Employment, campaign: Campaign, now: datetime) -> list[Decision]:
    """One decision per program that the completer finished.

    Of several hires that could be asked about, the latest is: a completer who moved is asked about where they are.
    """
    by_program: dict[str, list[Candidate]] = {}
    for candidate in employment.completions():
        by_program.setdefault(candidate[3].program_id, []).append(candidate)
    return [_decide(candidates, campaign, now) for candidates in by_program.values()]


def _decide(candidates: list[Candidate], campaign: Campaign, now: datetime) -> Decision:
    latest_first = sorted(
        candidates, key=lambda candidate: (candidate[2].hire_date, candidate[0].hire_id), reverse=True
    )
    verdicts = [(_verdict(candidate, campaign, now), candidate) for candidate in latest_first]
    rule, (hire, happened, placed, completion) = next(
        (verdict for verdict in verdicts if verdict[0] is Rule.ELIGIBLE),
        next((verdict for verdict in verdicts if not verdict[1][0].is_over), verdicts[0]),
    )
    rules = campaign.eligibility
    return Decision(
        campaign_id=campaign.campaign_id,
        program_id=completion.program_id,
        hire_id=hire.hire_id,
        outcome=Outcome.ASK if rule is Rule.ELIGIBLE else Outcome.SKIP,
        rule=rule,
        rules_version=rules.version,
        inputs={
            "completed_on": completion.completed_on.isoformat(),
            "hire_date": placed.hire_date.isoformat(),
            "role": placed.role,
            "district_id": placed.district_id,
            "school_id": placed.school_id or "",
            "match_basis": happened.match_basis.value,
            "match_confidence": str(happened.match_confidence),
        },
        at=now,
        target=_target(hire, happened, placed, completion, rules) if rule is Rule.ELIGIBLE else None,
    )


def _verdict(candidate: Candidate, campaign: Campaign, now: datetime) -> Rule:
    hire, happened, placed, completion = candidate
    rules = campaign.eligibility
    if hire.is_over and hire.ended is not None:
        return Rule(hire.ended.reason.value)
    is_confirmed = happened.match_basis is MatchBasis.REVIEWER
    is_certain = is_confirmed or happened.match_confidence >= rules.minimum_match_confidence
    is_of_these_years = rules.completed_from <= completion.completed_on <= rules.completed_until
    checks = (
        (not is_of_these_years, Rule.COMPLETED_OUTSIDE_THE_YEARS),
        (placed.hire_date > rules.hired_until, Rule.HIRED_TOO_LATE),
        (_spelled(placed.role) not in rules.roles, Rule.ROLE_OUT_OF_SCOPE),
        (not is_certain, Rule.MATCH_TOO_UNCERTAIN),
        (bool({placed.district_id, placed.school_id} & rules.excluded_employers), Rule.EMPLOYER_EXCLUDED),
        (now.date() > campaign.closes_on, Rule.CAMPAIGN_CLOSED),
    )
    return next((rule for failed, rule in checks if failed), Rule.ELIGIBLE)


def _target(hire: Hire, happened: Happened, placed: Placed, completion: Completion, rules: Eligibility) -> Target:
    leads = _spelled(placed.role) in rules.asked_of_superintendent
    return Target(
        hire_id=hire.hire_id,
        provider_id=completion.provider_id,
        licence_field=completion.licence_field,
        district_id=placed.district_id,
        school_id=placed.school_id,
        recipient_role=role_asked(placed.school_id, placed.district_id, hire.hire_id, leads=leads),
        is_provider_the_employer=happened.is_provider_the_employer,
    )


def _spelled(role: str) -> str:
    return role.strip().lower().replace("_", "-").replace(" ", "-")
