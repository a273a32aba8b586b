"""Partnerships as the API tells them: with what follows from both sides' words, and without what is withheld."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.partnership.domain.ledger.activity import Activity
from services.partnership.domain.ledger.agreement import Partnership, Version
from services.partnership.domain.ledger.measurement import Measurement
from services.partnership.domain.ledger.reminders import Reminder
from services.partnership.domain.ledger.ways import WAYS
from shared.events.partnerships import Side


def in_short(partnership: Partnership) -> dict[str, Any]:
    """For lists."""
    version = partnership.shown
    return {
        **partnership.model_dump(mode="json", include={"partnership_id", "provider_id", "district_id", "status"}),
        "nature": version.terms.nature if version else partnership.nature,
        "version": version.number if version else 0,
        "ways": list(version.terms.ways) if version else [],
        "begins_on": version.terms.begins_on.isoformat() if version else None,
        "ends_on": version.terms.ends_on.isoformat() if version else None,
        "attested_by": list(version.attested_by) if version else [],
        "is_disputed": partnership.is_disputed,
        "revision": partnership.revision,
    }


def in_full(partnership: Partnership, reminders: Iterable[Reminder], today: date) -> dict[str, Any]:
    """Every version with every word that was said of it."""
    said = partnership.model_dump(mode="json", exclude={"versions", "contacts"})
    return {
        **said,
        **in_short(partnership),
        "version_in_force": partnership.in_force.number if partnership.in_force else None,
        "latest_version": partnership.latest.number if partnership.latest else None,
        "versions": [_version(each) for each in partnership.versions],
        "contacts": [
            {**each.model_dump(mode="json"), "is_current": each.is_current(today)} for each in partnership.contacts
        ],
        "reminders": [each.model_dump(mode="json") for each in reminders],
    }


def _version(version: Version) -> dict[str, Any]:
    words = {"standing": version.standing.value, "attested_by": list(version.attested_by)}
    return {**version.model_dump(mode="json"), **words}


def activity_told(activity: Activity) -> dict[str, Any]:
    more = {"standing": activity.standing.value, "measures": activity.measures}
    return {**activity.model_dump(mode="json"), **more}


def measurement_told(measurement: Measurement, viewer: Side | None, smallest_group: int) -> dict[str, Any]:
    """`value` is null where it counts too few people for this viewer."""
    told = {**measurement.model_dump(mode="json"), "standing": measurement.standing.value, "is_withheld": False}
    if measurement.is_withheld_from(viewer, smallest_group):
        return {**told, "value": None, "is_withheld": True}
    return told


def ways_told() -> list[dict[str, Any]]:
    """Each way with the JSON schema of its record, and the units of its measures."""
    return [
        {
            "way": code,
            "title": record.title,
            "explained": record.explained,
            "units": record.units(),
            "record": record.model_json_schema(),
        }
        for code, record in WAYS.items()
    ]
