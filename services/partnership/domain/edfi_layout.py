"""The resources of the Ed-Fi API that staff are read from, and how a bundle of them is laid out.

A bundle is a zip with one `<resource>.ndjson` for each resource; each line is one resource as the API gives it.
"""

LOCAL_EDUCATION_AGENCIES = "localEducationAgencies"
SCHOOLS = "schools"
STAFFS = "staffs"
EMPLOYMENTS = "staffEducationOrganizationEmploymentAssociations"
ASSIGNMENTS = "staffEducationOrganizationAssignmentAssociations"
STAFF_ID_CODES = "staffIdentificationCodes"
STAFF_DIRECTORIES = "staffDirectories"

_RESOURCES = (LOCAL_EDUCATION_AGENCIES, SCHOOLS, STAFFS, EMPLOYMENTS, ASSIGNMENTS)
RESOURCES: dict[str, tuple[str, ...]] = {
    "5.2": _RESOURCES,
    "6.0": (*_RESOURCES, STAFF_ID_CODES, STAFF_DIRECTORIES),
}
"""By data standard, in the order of their dependencies: what to pull, and what a bundle should hold."""

BUNDLE_SUFFIXES = (".ndjson", ".jsonl")


def bundle_file(resource: str) -> str:
    """The name of a resource's file in a bundle."""
    return f"{resource}.ndjson"
