"""What a service is told by its environment, and what it does not put up with."""

import pytest
from pydantic import Field, ValidationError

from shared.errors import Misconfigured
from shared.settings import ServiceSettings, for_development, read_settings
from tests.shared.parts_of_a_service import PartsSettings

IN_PRODUCTION = {
    "PARTS_ENVIRONMENT": "production",
    "PARTS_SESSION_KEY": "a-secret-of-our-own-with-enough-characters",
    "PARTS_SIGN_IN": "none",
}


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_settings_come_from_the_environment_and_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, PARTS_HTTP_PORT="8123")
    settings = read_settings(PartsSettings)
    assert settings.http_port == 8123
    with pytest.raises(ValidationError):
        settings.http_port = 1  # type: ignore[misc]


def test_each_variable_that_does_not_do_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, PARTS_METRICS_PORT="eighty-one", PARTS_KAFKA_BROKER="rabbit", PARTS_SHUTDOWN_SECONDS="-1")
    with pytest.raises(Misconfigured) as refusal:
        read_settings(PartsSettings)
    for variable in ("PARTS_METRICS_PORT", "PARTS_KAFKA_BROKER", "PARTS_SHUTDOWN_SECONDS"):
        assert variable in str(refusal.value)
    for value in ("eighty-one", "rabbit", "-1"):
        assert value not in str(refusal.value)


def test_production_runs_with_secrets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **IN_PRODUCTION)
    assert read_settings(PartsSettings).environment == "production"


def test_production_refuses_the_session_key_that_everybody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **{**IN_PRODUCTION, "PARTS_SESSION_KEY": PartsSettings().session_key.get_secret_value()})
    with pytest.raises(Misconfigured, match="PARTS_SESSION_KEY still has the value meant for development"):
        read_settings(PartsSettings)


def test_production_refuses_the_sign_in_where_anybody_can_be_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **{**IN_PRODUCTION, "PARTS_SIGN_IN": "development"})
    with pytest.raises(Misconfigured, match="PARTS_SIGN_IN=development"):
        read_settings(PartsSettings)


def test_production_refuses_the_known_value_of_a_secret_that_a_service_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithLinks(PartsSettings):
        link_key: object = for_development("known-to-all", "Derives the links.")

    given(monkeypatch, **IN_PRODUCTION)
    with pytest.raises(Misconfigured, match="PARTS_LINK_KEY"):
        read_settings(WithLinks)


def test_a_short_session_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, PARTS_SESSION_KEY="short")
    with pytest.raises(Misconfigured, match="PARTS_SESSION_KEY is shorter than 32"):
        read_settings(PartsSettings)


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, PARTS_MONGODB_URI="mongodb://prep:pa55word@db/")
    shown = repr(read_settings(PartsSettings))
    assert "pa55word" not in shown
    assert PartsSettings().session_key.get_secret_value() not in shown


def test_every_variable_is_described() -> None:
    for name, field in ServiceSettings.model_fields.items():
        assert field.description, f"{name} has no description"
        assert field.description.endswith("."), f"{name} is not described by a sentence"


def test_a_public_address_has_no_path() -> None:
    class AtPath(PartsSettings):
        public_url: str = Field("http://localhost/prepbridge", pattern=r"^https?://[^/\s]+$", validate_default=True)

    with pytest.raises(Misconfigured, match="PARTS_PUBLIC_URL"):
        read_settings(AtPath)
