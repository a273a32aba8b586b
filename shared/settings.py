"""What every service is told by its environment, read once and frozen."""

from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import Misconfigured

DEVELOPMENT_ONLY = "development_only"
SHORTEST_SESSION_KEY = 32


def for_development(default: str, description: str) -> Any:
    """A secret with a default that everybody knows: it serves development, and production refuses it."""
    return Field(
        default=SecretStr(default), description=description, json_schema_extra={DEVELOPMENT_ONLY: True}, repr=False
    )


class ServiceSettings(BaseSettings):
    """The variables that all services have; each service adds its own and its prefix, such as `SURVEY_`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development", description="`production` refuses every default that is meant for development."
    )
    release: str = Field("development", description="The version that runs, as logs and `build_info` show it.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe log lines that are written."
    )

    http_host: str = Field("127.0.0.1", description="The address that pages, API and metrics are served on.")
    http_port: int = Field(ge=1, le=65535, description="The port of pages and API.")
    metrics_port: int = Field(ge=1, le=65535, description="The port of `/metrics`; keep it inside the cluster.")
    public_url: str = Field(
        "http://localhost:8100",
        pattern=r"^https?://[^/\s]+$",
        description="How people reach this service: scheme and host, no path. With https, cookies are secure.",
    )
    body_limit_bytes: int = Field(
        2 * 1024 * 1024, ge=1024, description="The largest request that is read; uploads have limits of their own."
    )
    caller_requests_per_second: float = Field(
        50.0,
        ge=0,
        description="How often one person or API key may ask, ten seconds' worth at once; 0: no limit.",
    )
    stranger_requests_per_second: float = Field(
        50.0, ge=0, description="The same for sign-in and links in mails, for each network address."
    )
    stranger_failures_per_second: float = Field(
        5.0, ge=0, description="The same for links and API keys that are not known."
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="The proxies before us, comma separated: they say who asks (X-Forwarded-For). A network will do.",
    )
    shutdown_seconds: float = Field(
        30.0, gt=0, description="How long a stopping process may take to finish what it has in hand."
    )

    mongodb_uri: SecretStr = Field(
        SecretStr("mongodb://127.0.0.1:8127/?replicaSet=rs0"), description="The MongoDB deployment, with credentials."
    )
    mongodb_database: str = Field(description="The service's own database in it.")
    mongo_driver: Literal["motor", "pymongo"] = Field("motor", description="The MongoDB driver underneath.")

    kafka_bootstrap_servers: str = Field("127.0.0.1:8192", description="Kafka brokers, `host:port`, comma separated.")
    kafka_broker: Literal["kafka", "tansu"] = Field(
        "kafka", description="Which broker answers there: Apache Kafka (or a service like it), or the embedded Tansu."
    )
    kafka_session_seconds: float | None = Field(
        None,
        ge=1,
        description="After so many seconds of silence a process that read from Kafka counts as dead, and another takes "
        "over its share; without it what suits the broker: 10, with Tansu 3.",
    )

    session_key: SecretStr = for_development(
        "prepbridge-development-session-key-known-to-all",
        "Signs the sessions of people, at least 32 characters, the same for all services of one host.",
    )
    access_file: Path | None = Field(
        None,
        description="JSON with the API keys (hashed) and the people of the development sign-in; re-read on change.",
    )
    sign_in: Literal["development", "none"] = Field(
        "development", description="How people sign in. `development` lets anybody be anybody: refused in production."
    )

    fault: str = Field(
        "", description="For tests: the kill point at which this process stops (shared/fault.py). Not in production."
    )

    @model_validator(mode="after")
    def _fit_for_its_environment(self) -> Self:
        if len(self.session_key.get_secret_value()) < SHORTEST_SESSION_KEY:
            raise Misconfigured(f"{self.variable('session_key')} is shorter than {SHORTEST_SESSION_KEY} characters.")
        # The driver would take any other text for the name of a host, and wait for it for ever.
        if not self.mongodb_uri.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise Misconfigured(f"{self.variable('mongodb_uri')} does not begin with mongodb:// or mongodb+srv://.")
        if self.environment != "production":
            return self
        for name, field in type(self).model_fields.items():
            marks = field.json_schema_extra
            if isinstance(marks, dict) and marks.get(DEVELOPMENT_ONLY) and getattr(self, name) == field.default:
                raise Misconfigured(
                    f"{self.variable(name)} still has the value meant for development: set a secret of your own."
                )
        if self.fault:
            raise Misconfigured(f"{self.variable('fault')} is for tests and does not run in production: leave it out.")
        if self.sign_in == "development":
            raise Misconfigured(
                f"{self.variable('sign_in')}=development lets anybody be anybody and does not run in production: "
                f"set it to none."
            )
        return self

    @classmethod
    def variable(cls, field: str) -> str:
        """The environment variable of a field."""
        return f"{cls.model_config.get('env_prefix', '')}{field}".upper()


AnySettings = TypeVar("AnySettings", bound=ServiceSettings)


def read_settings(settings: type[AnySettings]) -> AnySettings:
    """The settings as the environment has them; `Misconfigured` names each variable that does not do."""
    try:
        return settings()
    except ValidationError as error:
        faults = "; ".join(
            f"{settings.variable(str(fault['loc'][0]))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_input=False)
            if fault["loc"]
        )
        raise Misconfigured(f"The environment is not as it should be: {faults}.") from None
