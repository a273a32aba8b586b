"""What the survey service counts. Labels have few values, never an id."""

from prometheus_client import CollectorRegistry, Counter


class SurveyMetrics:
    """Counters of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.issued = Counter("survey_issued_total", "Surveys issued.", registry=registry)
        self._submissions = Counter(
            "survey_submissions_total", "Forms sent in, by what became of them.", ["result"], registry=registry
        )
        self._mails = Counter("survey_mails_total", "Mails, by what became of them.", ["outcome"], registry=registry)
        self._links = Counter(
            "survey_links_total", "Links followed, by what they opened.", ["result"], registry=registry
        )
        self.declined = Counter("survey_declined_total", "Surveys declined.", registry=registry)
        self.expired = Counter("survey_expired_total", "Surveys whose window closed unanswered.", registry=registry)
        self._told = Counter(
            "survey_hire_events_total",
            "Events about hires, by whether they told anything new.",
            ["outcome"],
            registry=registry,
        )
        for result in ("accepted", "repeated", "refused"):
            self._submissions.labels(result)
        for outcome in ("sent", "failed", "deferred", "unknown", "dropped"):
            self._mails.labels(outcome)

    def told(self, *, is_new: bool) -> None:
        """An event about a hire was heard: for the first time, or again."""
        self._told.labels("new" if is_new else "known").inc()

    def submitted(self, result: str) -> None:
        """`result` is one of accepted, repeated, refused."""
        self._submissions.labels(result).inc()

    def mail(self, outcome: str) -> None:
        """`outcome` is one of sent, failed, deferred, unknown, dropped."""
        self._mails.labels(outcome).inc()

    def link(self, result: str) -> None:
        """`result` is one of opened, unknown, closed."""
        self._links.labels(result).inc()
