"""The environment variables of partnership, read once."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.partnership.domain.completer_rows import COMPLETED_REASONS, CompletionRules
from services.partnership.domain.retention import Keeping
from shared.settings import ServiceSettings, for_development

MEGABYTE = 1024 * 1024
LOWEST_THRESHOLD = 5
"""No state goes lower (NCES 2011-603: thresholds in use are 5 to 30, most often 10)."""


class PartnershipSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PARTNERSHIP_")

    http_port: int = Field(8102, ge=1, le=65535, description="The port of pages and API.")
    metrics_port: int = Field(9102, ge=1, le=65535, description="The port of `/metrics`; keep it inside the cluster.")
    public_url: str = Field(
        "http://localhost:8102",
        pattern=r"^https?://[^/\s]+$",
        description="How people reach this service: scheme and host, no path. With https, cookies are secure.",
    )
    mongodb_database: str = Field("prepbridge_partnership", description="The service's own database.")

    snapshot_limit_bytes: int = Field(
        256 * MEGABYTE, ge=1024, description="The largest zip of a feed that is taken, as it is uploaded."
    )
    snapshot_unpacked_limit_bytes: int = Field(
        1024 * MEGABYTE, ge=1024, description="The most that a zip may unpack to."
    )
    import_limit_bytes: int = Field(64 * MEGABYTE, ge=1024, description="The largest import that is taken, all files.")
    error_share: float = Field(
        0.05, ge=0, le=1, description="A feed with a larger share of rows in error is rejected as a whole."
    )
    recovery_seconds: float = Field(
        5.0, gt=0, description="How often is looked for snapshots and completers that a stopped process left behind."
    )
    trusted_person_sources: frozenset[str] = Field(
        frozenset(),
        description="JSON list: the source systems (`State`, or `State@provider`) whose Ed-Fi PersonId can be trusted.",
    )
    undated_completion_years: int | None = Field(
        0,
        ge=0,
        le=10,
        description="A completion without a date counts at the end of the school year in which the program began, so "
        "many years later; `null`: such rows are refused.",
    )
    keep_unmatched_days: int = Field(
        90, ge=1, description="How many days after somebody left who is no completer their name and ids are kept."
    )
    keep_held_days: int = Field(
        60, ge=1, description="After how many days a run that nobody released is rejected, and what it staged deleted."
    )
    keep_findings_days: int = Field(400, ge=1, description="For how many days the places of findings are kept.")
    keep_source_days: int = Field(
        180,
        ge=1,
        description="How many days after a feed's last delivery we keep what its source said of its staff, row by row.",
    )
    likeness_seconds: float = Field(
        10.0,
        gt=0,
        description="How often new colleagues whom nothing identifies are compared with the completers by likeness.",
    )
    completed_reasons: frozenset[str] = Field(
        COMPLETED_REASONS, description="JSON list: which Ed-Fi reasons of exit mean that a program was completed."
    )
    seal_key: SecretStr = for_development(
        "prepbridge-development-seal-key-known-to-all",
        "The credentials of feeds are sealed with it, and keys of those who left are hidden: without it credentials "
        "have to be given again, and who returns counts as new.",
    )
    private_addresses: Literal["by_environment", "allowed", "refused"] = Field(
        "by_environment",
        description="Whether systems in private networks, and over plain http, are called: in development unless said "
        "otherwise.",
    )
    pull_round_seconds: float = Field(5.0, gt=0, description="How often is looked for feeds that are due to be pulled.")
    pulls_at_once: int = Field(4, ge=1, le=100, description="How many feeds one process pulls side by side.")

    webhook_round_seconds: float = Field(
        1.0, gt=0, description="How often is looked for messages that are due to webhooks."
    )
    webhook_answer_seconds: float = Field(
        15.0, gt=0, description="How long the receiver of a webhook may take to answer."
    )

    smallest_group: int = Field(
        10,
        ge=LOWEST_THRESHOLD,
        description="Fewer completers or answers than this are not told as a number; 5 is the least.",
    )
    ledger_round_seconds: float = Field(
        3600.0, gt=0, description="How often is looked for partnerships that begin or end, and for what is due in them."
    )

    @property
    def calls_private_addresses(self) -> bool:
        if self.private_addresses == "by_environment":
            return self.environment == "development"
        return self.private_addresses == "allowed"

    @property
    def keeping(self) -> Keeping:
        return Keeping(
            people=self.keep_unmatched_days,
            held_runs=self.keep_held_days,
            findings=self.keep_findings_days,
            sources=self.keep_source_days,
        )

    @property
    def completion_rules(self) -> CompletionRules:
        return CompletionRules(self.completed_reasons, self.trusted_person_sources, self.undated_completion_years)
