"""Writes `.env.example` and the README's table of settings from the settings themselves: `make settings`.

A variable that all services have is one row of the table, with … for the service's prefix.
"""

import re
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from deploy.local.settings import LocalSettings
from deploy.operator.settings import OperatorSettings
from services.analytics.settings import AnalyticsSettings
from services.partnership.settings import PartnershipSettings
from services.survey.settings import SurveySettings
from shared.settings import ServiceSettings

ROOT = Path(__file__).parents[1]
SERVICES: tuple[type[ServiceSettings], ...] = (SurveySettings, PartnershipSettings, AnalyticsSettings)
TABLE = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.S)


def env_example() -> str:
    """Every variable with its default and what it is for."""
    parts = [
        "# Every environment variable of PrepBridge, with its default; made by `make settings`.",
        "# `make up` reads the PREPBRIDGE_ ones from the environment or from `.env`, and sets the others itself.",
        "",
        *_example(LocalSettings, "The local stack of `make up`"),
        *_example(OperatorSettings, "The operator's commands"),
    ]
    for settings in SERVICES:
        parts += _example(settings, settings.__name__.removesuffix("Settings"))
    return "\n".join(parts)


def readme_table() -> str:
    """A Markdown table, variables of all services first."""
    rows = ["| variable | default | what it is for |", "|---|---|---|"]
    rows += [_row(f"…_{name.upper()}", field) for name, field in ServiceSettings.model_fields.items()]
    for settings in SERVICES:
        own = {name: field for name, field in settings.model_fields.items() if _differs(name, field)}
        rows += [_row(settings.variable(name), field) for name, field in own.items()]
    for local in (LocalSettings, OperatorSettings):
        rows += [_row(f"PREPBRIDGE_{name.upper()}", field) for name, field in local.model_fields.items()]
    return "\n".join(rows) + "\n"


def with_table(readme: str) -> str:
    """The README with its table as it should be."""
    return TABLE.sub(lambda found: found[1] + readme_table() + found[2], readme)


def _example(settings: type[BaseSettings], title: str) -> list[str]:
    prefix = settings.model_config.get("env_prefix", "")
    lines = [f"# --- {title} ---"]
    for name, field in settings.model_fields.items():
        lines += [f"# {field.description}", f"# {prefix}{name.upper()}={_default(field)}"]
    return [*lines, ""]


def _row(variable: str, field: FieldInfo) -> str:
    return f"| `{variable}` | {f'`{_default(field)}`' if _default(field) else ''} | {field.description} |"


def _differs(name: str, field: FieldInfo) -> bool:
    shared = ServiceSettings.model_fields.get(name)
    return shared is None or (_default(shared), shared.description) != (_default(field), field.description)


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined or value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.relative_to(ROOT)) if value.is_relative_to(ROOT) else str(value)
    if isinstance(value, frozenset):
        return str(sorted(value)).replace("'", '"')
    return str(value)


def main() -> None:
    (ROOT / ".env.example").write_text(env_example())
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text()))


if __name__ == "__main__":
    main()
