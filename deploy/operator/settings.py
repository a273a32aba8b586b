"""Where the operator's commands find the services, and the key that they show."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.demonstration.access import OPERATOR, read_keys
from deploy.local.services import SERVICES, http_port
from deploy.local.settings import read_local_settings
from deploy.local.state import StateFolder
from shared.errors import Misconfigured


class OperatorSettings(BaseSettings):
    """Variables that begin with PREPBRIDGE_. What is not set is that of the local stack."""

    model_config = SettingsConfigDict(env_prefix="PREPBRIDGE_", env_file=".env", extra="ignore", frozen=True)

    url_partnership: str = Field("", description="Where the operator's commands find partnership; empty: on its port.")
    url_survey: str = Field("", description="Where they find survey.")
    url_analytics: str = Field("", description="Where they find analytics.")
    operator_key: SecretStr | None = Field(None, description="The API key that they show; empty: the local stack's.")

    def url(self, service: str) -> str:
        """Scheme, host and port, without a slash at the end."""
        told: str = getattr(self, f"url_{service}")
        return told.rstrip("/") or f"http://127.0.0.1:{http_port(service, read_local_settings())}"

    def key(self, folder: Path) -> str:
        """Misconfigured if there is none."""
        if self.operator_key is not None and (told := self.operator_key.get_secret_value()):
            return told
        access = StateFolder(folder).access_folder
        key = read_keys(access).get(OPERATOR) if (access / "keys.json").exists() else None
        if key is None:
            raise Misconfigured(
                f"There is no operator's key in {access}: start the stack once with `prepbridge up`, "
                f"or set PREPBRIDGE_OPERATOR_KEY."
            )
        return key


__all__ = ["SERVICES", "OperatorSettings"]
