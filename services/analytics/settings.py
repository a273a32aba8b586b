"""The environment of analytics: variables that begin with ANALYTICS_."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings

LOWEST_THRESHOLD = 5
"""No state goes lower (NCES 2011-603: thresholds in use are 5 to 30, most often 10)."""


class AnalyticsSettings(ServiceSettings):
    """What analytics needs to know about where it runs, and from how many answers on a group is shown."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, env_prefix="ANALYTICS_")

    http_port: int = Field(8103, ge=1, le=65535, description="The port of pages and API.")
    metrics_port: int = Field(9103, ge=1, le=65535, description="The port of `/metrics`; keep it inside the cluster.")
    mongodb_database: str = Field("prepbridge_analytics", description="The service's own database.")
    refresh_seconds: float = Field(
        1.0, gt=0, le=30, description="How long figures may wait for the answers that have come in."
    )
    smallest_group: int = Field(
        10, ge=LOWEST_THRESHOLD, description="Groups with fewer answers than this are withheld; 5 is the least."
    )
