"""What partnership counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class PartnershipMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.hires = Counter("partnership_hires", "Hires of completers that were told.", ["basis"], registry=registry)
        self.snapshots = Counter(
            "partnership_snapshots", "Uploads of feeds by what became of them.", ["outcome"], registry=registry
        )
        self.rows = Counter("partnership_feed_rows", "Rows read from feeds.", registry=registry)
        self.import_rows = Counter(
            "partnership_import_rows", "Rows of imported files.", ["kind", "outcome"], registry=registry
        )
        self.findings = Counter(
            "partnership_findings", "Findings in feeds and imported files.", ["level"], registry=registry
        )
        self.forgotten = Counter(
            "partnership_forgotten", "What the daily round forgot, by kind.", ["kind"], registry=registry
        )
        self.review_queue = Gauge(
            "partnership_matches_to_review", "New colleagues of whom a person must say who they are.", registry=registry
        )
        self.pulls = Counter(
            "partnership_pulls", "Pulls of feeds by what became of them.", ["source", "outcome"], registry=registry
        )
        self.pull_age = Gauge(
            "partnership_pull_age_seconds",
            "How long ago the oldest of the feeds' latest good pulls was.",
            ["source"],
            registry=registry,
        )
        self.pull_overdue = Gauge(
            "partnership_pull_overdue_seconds",
            "How long a feed has been without the good pull that its calendar wanted; of all feeds the longest.",
            ["source"],
            registry=registry,
        )
        self.webhook_deliveries = Counter(
            "partnership_webhook_deliveries",
            "Attempts to tell a webhook of a hire, by what came of them.",
            ["outcome"],
            registry=registry,
        )
        self.webhooks_waiting = Gauge(
            "partnership_webhook_deliveries_waiting", "Messages that webhooks are still owed.", registry=registry
        )
        self.webhooks_parked = Gauge(
            "partnership_webhook_deliveries_parked",
            "Messages that did not reach their webhook within a day, and wait to be sent again by hand.",
            registry=registry,
        )
        self.proposed = Counter(
            "partnership_matches_proposed", "New colleagues laid before a person by likeness alone.", registry=registry
        )
