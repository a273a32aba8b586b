"""What became of each record at the service that read it, and what its facts add up to; counted anew, by other code."""

from collections import Counter, defaultdict
from collections.abc import Callable

from shared.events.partnership import HIRES, ORGANIZATIONS, PEOPLE
from shared.events.partnerships import PARTNERSHIPS
from shared.events.survey import SURVEYS
from tests.faults.evidence import Document, Evidence, Place, Told

Applied = Callable[[Told], bool]
PLACED = ("completer_hired", "hire_amended")


class Ledger:
    """Whether a record was applied or parked, for all records of a run."""

    def __init__(self, run: Evidence) -> None:
        self._run = run
        self._applied: dict[tuple[str, str], Applied] = {
            ("partnership", HIRES): self._is_owed_to_each_webhook(),
            ("partnership", SURVEYS): self._is_noted_by_its_review(),
            ("survey", ORGANIZATIONS): self._is_as_new("survey.names"),
            ("survey", PEOPLE): self._is_about_people(),
            ("survey", HIRES): self._is_in_an_employment(),
            ("survey", PARTNERSHIPS): self._is_in_a_review(),
            ("analytics", ORGANIZATIONS): self._is_as_new("analytics.organizations"),
            ("analytics", PARTNERSHIPS): self._is_a_statement(),
            ("analytics", SURVEYS): self._is_a_fact(),
        }
        self.parked = {service: _parked(service, run) for service in ("partnership", "survey", "analytics")}

    def has(self, service: str, told: Told) -> bool:
        """Applied, or parked by this service."""
        if told.place in self.parked[service]:
            return True
        return bool(told.wire_name) and self._applied[service, told.topic](told)

    def was_poisoned(self, told: Told) -> bool:
        """Whether it is unreadable, or lies behind one that is."""
        return not told.wire_name or (told.topic, told.key.encode()) in self._run.history.poisoned

    def _is_as_new(self, *collections: str) -> Applied:
        """A copy holds what the record said, or something later."""
        kept = {name: self._run.by_id(name) for name in collections}

        def applied(told: Told) -> bool:
            return any(copies.get(told.subject, {}).get("sequence", 0) >= told.sequence for copies in kept.values())

        return applied

    def _is_owed_to_each_webhook(self) -> Applied:
        """All webhooks of a run are the agency's, which hears of everything; where there is none, nothing is owed."""
        webhooks = {each["_id"] for each in self._run.all("partnership.webhooks")}
        owed = {(each["webhook_id"], each["event_id"]) for each in self._run.all("partnership.deliveries")}

        def applied(told: Told) -> bool:
            return all((webhook, told.id) in owed for webhook in webhooks)

        return applied

    def _is_noted_by_its_review(self) -> Applied:
        """What was heard of a survey that asks for a review; the rest of the topic does not concern partnership."""
        asking = {each["_id"] for each in self._run.all("survey.surveys") if each.get("review_id")}
        heard = {
            each["_id"]: max(each["heard"].values(), default=0) for each in self._run.all("partnership.review_surveys")
        }

        def applied(told: Told) -> bool:
            return told.subject not in asking or heard.get(told.subject, 0) >= told.sequence

        return applied

    def _is_about_people(self) -> Applied:
        return self._is_as_new("survey.role_holders", "survey.profiles")

    def _is_in_an_employment(self) -> Applied:
        hires = {hire["hire_id"]: hire for each in self._run.all("survey.employments") for hire in each["hires"]}

        def applied(told: Told) -> bool:
            hire = hires.get(told.subject, {})
            register = hire.get("placed" if told.name in PLACED else "ended") or {}
            return bool(register.get("sequence", 0) >= told.sequence)

        return applied

    def _is_in_a_review(self) -> Applied:
        """That a review opened or closed; the rest of the topic does not concern survey."""
        reviews = self._run.by_id("survey.reviews")

        def applied(told: Told) -> bool:
            register = {"review_opened": "opened", "review_closed": "closed"}.get(told.name)
            kept = reviews.get(told.subject, {}).get(register or "") or {}
            return register is None or bool(kept.get("sequence", 0) >= told.sequence)

        return applied

    def _is_a_statement(self) -> Applied:
        """The last statement under a key is kept; what is told of reviews does not concern analytics."""
        kept: defaultdict[str, int] = defaultdict(int)
        for each in self._run.all("analytics.partnerships"):
            kept[each["subject"]] = max(kept[each["subject"]], each["sequence"])

        def applied(told: Told) -> bool:
            return told.name.startswith("review_") or kept[told.subject] >= told.sequence

        return applied

    def _is_a_fact(self) -> Applied:
        facts = self._run.by_id("analytics.facts")
        instruments = self._run.by_id("analytics.instruments")

        def applied(told: Told) -> bool:
            return told.id in facts or f"{told.subject}:{told.sequence}" in instruments

        return applied


def counted(facts: list[Document]) -> dict[str, int]:
    """What results should say: surveys issued (and not withdrawn), those that reached somebody, those answered."""
    kinds: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for fact in facts:
        kinds[fact["survey_id"]][fact["kind"]] = max(fact["sequence"], kinds[fact["survey_id"]].get(fact["kind"], 0))
    total: Counter[str] = Counter({"issued": 0, "delivered": 0, "answered": 0})
    for known in kinds.values():
        total["roster"] += 1
        is_withdrawn = known.get("withdrawn", 0) > known.get("issued", 0) and "submitted" not in known
        total["issued"] += not is_withdrawn
        total["delivered"] += bool({"delivered", "started", "submitted"} & known.keys())
        total["answered"] += "submitted" in known
    return dict(total)


def _parked(service: str, run: Evidence) -> set[Place]:
    return {(each["topic"], each["partition"], each["offset"]) for each in run.all(f"{service}.parked")}
