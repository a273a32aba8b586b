"""What providers and districts of the demonstration did together: an invented record for each way of working."""

import random
from collections.abc import Callable, Mapping
from typing import Any

Record = dict[str, Any]


def _shared_data(rng: random.Random) -> Record:
    openings = rng.randint(18, 60)
    filled = rng.randint(10, openings)
    return {
        "dataset": "openings",
        "licence_field": "Elementary",
        "openings": openings,
        "openings_filled": filled,
        "days_to_share": rng.randint(2, 30),
    }


def _recruited(rng: random.Random) -> Record:
    applied = rng.randint(20, 60)
    return {
        "action": "Paraprofessionals of the district were invited to apply, with evening sessions at their schools.",
        "student_share": round(rng.uniform(35, 70), 1),
        "candidate_share": round(rng.uniform(15, 35), 1),
        "applied": applied,
        "admitted": rng.randint(10, applied),
    }


def _inducted(rng: random.Random) -> Record:
    newcomers = rng.randint(10, 30)
    return {
        "goals": "Classroom routines before October; one cycle of observation and feedback each fortnight.",
        "new_educators": newcomers,
        "mentors": rng.randint(10, newcomers),
        "mentor_hours": newcomers * rng.randint(20, 50),
    }


def _designed(rng: random.Random) -> Record:
    return {
        "subject": "Teaching reading in the early grades",
        "part": "coursework",
        "need": "Too few new teachers felt ready to teach phonics.",
        "courses_revised": rng.randint(1, 3),
        "working_hours": rng.randint(12, 60),
    }


def _selected(rng: random.Random) -> Record:
    considered = rng.randint(20, 50)
    admitted = rng.randint(12, considered)
    return {"considered": considered, "admitted": admitted, "admitted_with_district_vote": rng.randint(10, admitted)}


def _cohort(rng: random.Random) -> Record:
    return {"cohort": "Residency of this year", "need": "Special education", "enrolled": rng.randint(10, 24)}


def _placed(rng: random.Random) -> Record:
    placements = rng.randint(12, 30)
    return {"placements": placements, "yearlong": rng.randint(10, placements), "weeks": 36}


def _taught(rng: random.Random) -> Record:
    return {"course": "Methods of teaching mathematics", "term": "Fall", "educators": 2, "sections": rng.randint(2, 4)}


def _visited(rng: random.Random) -> Record:
    return {"purpose": "Lessons taught together", "faculty": 3, "days": rng.randint(6, 25)}


def _advised(rng: random.Random) -> Record:
    return {
        "board": "Advisory board of the school of education",
        "seats": 3,
        "attended": rng.randint(1, 3),
        "recommendations": 4,
    }


def _recognised(rng: random.Random) -> Record:
    practitioners = rng.randint(12, 40)
    return {
        "selection": "Rated proficient or better, and three years in the classroom",
        "practitioners": practitioners,
        "trained": rng.randint(10, practitioners),
        "stipend": 300,
        "award_given": True,
    }


RECORDS: Mapping[str, Callable[[random.Random], Record]] = {
    "data_sharing": _shared_data,
    "aligned_diversity": _recruited,
    "shared_induction": _inducted,
    "codesigned_courses": _designed,
    "coselection": _selected,
    "district_cohort": _cohort,
    "yearlong_placement": _placed,
    "educators_teaching": _taught,
    "faculty_in_schools": _visited,
    "leaders_on_boards": _advised,
    "practitioner_recognition": _recognised,
}
AT_A_SCHOOL = ("yearlong_placement", "faculty_in_schools")
"""Their records name a school."""
