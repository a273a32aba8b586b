"""As whom a district's system knows us."""

import json

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Credentials(BaseModel):
    """Client id and secret; key and secret of a consumer are called the same here. Neither shows in a text or log."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_id: SecretStr = Field(min_length=1, max_length=1000)
    client_secret: SecretStr = Field(min_length=1, max_length=4000)

    def in_clear(self) -> str:
        """For the seal."""
        return json.dumps(
            {"client_id": self.client_id.get_secret_value(), "client_secret": self.client_secret.get_secret_value()}
        )
