"""What the pages call things of partnerships, and the story of one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.partnership.domain.ledger.activity import Activity
from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.measurement import Measurement
from services.partnership.domain.ledger.outcomes import is_met, newest_of
from services.partnership.domain.ledger.ways import WAYS
from shared.events.partnerships import Side

STATUS_WORDS = {
    "draft": ("draft", "empty"),
    "proposed": ("proposed", "warning"),
    "active": ("active", "good"),
    "under_review": ("under review", "warning"),
    "expired": ("expired", "empty"),
    "terminated": ("terminated", "bad"),
}
STANDING_WORDS = {
    "one_sided": ("one side says so", "warning"),
    "attested": ("both attest", "good"),
    "disputed": ("disputed", "bad"),
}
SIDE_WORDS = {"provider": "the provider", "district": "the district"}
RENEWAL_WORDS = {
    "none": "It ends.",
    "by_agreement": "Both may agree on another term.",
    "automatic": "Another year follows, unless a side gives notice.",
}
OCCASION_WORDS = {
    "term_ends": "The term ends",
    "goal_due": "A goal is due",
    "annual_review": "The annual review is due",
}
VERDICT_WORDS = {"attested": "attested", "disputed": "disputed"}


@dataclass(frozen=True)
class Happened:
    """One line of a partnership's story."""

    at: datetime
    who: str
    what: str


def timeline(partnership: Partnership, activities: list[Activity]) -> list[Happened]:
    """Who said what, newest first."""
    story = []
    for version in partnership.versions:
        proposer = SIDE_WORDS[version.proposed_by]
        story.append(Happened(version.at, version.by, f"proposed version {version.number} for {proposer}"))
        for each in version.statements[1:]:
            why = f": {each.reason}" if each.reason else ""
            words = f"{VERDICT_WORDS[each.verdict]} version {version.number} for {SIDE_WORDS[each.side]}{why}"
            story.append(Happened(each.at, each.by, words))
    story += [
        Happened(paper.at, paper.by, f"added {paper.name} for {SIDE_WORDS[paper.added_by]}")
        for paper in partnership.documents
    ]
    for activity in activities:
        title = WAYS[activity.way].title.lower()
        for number, each in enumerate(activity.statements):
            verb = "recorded" if number == 0 else VERDICT_WORDS[each.verdict]
            story.append(
                Happened(each.at, each.by, f"{verb} for {SIDE_WORDS[each.side]}: {title}, {activity.happened_on}")
            )
        if activity.voided:
            story.append(Happened(activity.voided.at, activity.voided.by, f"voided: {title}, {activity.happened_on}"))
    if partnership.notice:
        notice = partnership.notice
        words = f"gave notice for {SIDE_WORDS[notice.side]}, from {notice.effective_on}: {notice.reason}"
        story.append(Happened(notice.at, notice.by, words))
    if partnership.under_review:
        review = partnership.under_review
        story.append(Happened(review.at, review.by, f"put it under review: {review.reason}"))
    return sorted(story, key=lambda each: each.at, reverse=True)


def goals_shown(
    partnership: Partnership, measurements: list[Measurement], viewer: Side | None, smallest_group: int
) -> list[dict[str, Any]]:
    """Each goal with its newest figure, how far that is, and all figures; what is withheld is left out."""
    shown = []
    for goal in partnership.shown.terms.goals if partnership.shown else ():
        ours = [each for each in measurements if each.goal_id == goal.goal_id]
        newest = newest_of(goal, ours)
        is_withheld = newest is not None and newest.is_withheld_from(viewer, smallest_group)
        start = goal.baseline or 0.0
        value = newest.value if newest is not None and not is_withheld else None
        span = goal.target - start
        way = min(max((value - start) / span, 0.0), 1.0) if value is not None and span else None
        shown.append(
            {
                "goal": goal,
                "value": value,
                "is_withheld": is_withheld,
                "share": way,
                "is_met": is_met(goal, ours, viewer, smallest_group),
                "figures": [(each, each.is_withheld_from(viewer, smallest_group)) for each in ours],
            }
        )
    return shown
