"""The environment variables of the survey service: `SURVEY_` and what follows."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.survey.store.library import CAMPAIGNS
from shared.settings import ServiceSettings, for_development


class SurveySettings(ServiceSettings):
    """What all services have, and what it takes to ask people."""

    model_config = SettingsConfigDict(env_prefix="SURVEY_", frozen=True, extra="ignore", hide_input_in_errors=True)

    http_port: int = Field(8101, ge=1, le=65535, description="The port of pages and API.")
    metrics_port: int = Field(9101, ge=1, le=65535, description="The port of `/metrics`; keep it inside the cluster.")
    public_url: str = Field(
        "http://localhost:8101",
        pattern=r"^https?://[^/\s]+$",
        description="How people reach this service: scheme and host, no path. The links in mails begin with it.",
    )
    mongodb_database: str = Field("prepbridge_survey", description="The service's own database.")

    campaigns_folder: Path = Field(CAMPAIGNS, description="The campaigns that are run: one `*.yaml` each.")
    link_key: SecretStr = for_development(
        "prepbridge-development-link-key-known-to-all",
        "All links of all sittings follow from it: a new key closes them.",
    )
    seal_key: SecretStr = for_development(
        "prepbridge-development-seal-key-known-to-all",
        "Names, addresses and comments are sealed with it: without it they are lost.",
    )

    invite_after_quiet_seconds: float = Field(
        60.0, ge=0, description="How long nothing new may have come for a person before they are written to."
    )
    invite_after_seconds_at_most: float = Field(
        900.0, ge=0, description="How long a survey waits at most for others to share its mail."
    )
    round_seconds: float = Field(
        1.0, gt=0, description="How often invitations are gathered, mails attended to and windows looked at."
    )

    mail_from: str = Field(
        "PrepBridge surveys <surveys@prepbridge.example>", description="The sender of mails, with a name if you like."
    )
    smtp_host: str = Field("127.0.0.1", description="The mail server that takes our mails.")
    smtp_port: int = Field(8125, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "none", description="How the connection is protected; there is no way back to less than is set here."
    )
    smtp_user: str = Field("", description="Name at the mail server; empty: no login.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    smtp_connections: int = Field(8, ge=1, le=50, description="Mails that are handed over at the same time.")
    smtp_seconds: float = Field(15.0, gt=0, description="Deadline of each step before the message itself.")
    smtp_data_seconds: float = Field(
        600.0, gt=0, description="Deadline of the message itself; ten minutes avoid doubles (RFC 5321 §4.5.3.2.6)."
    )
    mails_per_second_and_domain: float = Field(5.0, gt=0, description="Mails per second to addresses of one domain.")
