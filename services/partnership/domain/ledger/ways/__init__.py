"""The ways in which a provider and a district work together. One more way is one more file, and its line here."""

from collections.abc import Mapping

from services.partnership.domain.ledger.ways.aligned_diversity import AlignedDiversity
from services.partnership.domain.ledger.ways.codesigned_courses import CodesignedCourses
from services.partnership.domain.ledger.ways.coselection import Coselection
from services.partnership.domain.ledger.ways.district_cohort import DistrictCohort
from services.partnership.domain.ledger.ways.educators_teaching import EducatorsTeaching
from services.partnership.domain.ledger.ways.faculty_in_schools import FacultyInSchools
from services.partnership.domain.ledger.ways.leaders_on_boards import LeadersOnBoards
from services.partnership.domain.ledger.ways.practitioner_recognition import PractitionerRecognition
from services.partnership.domain.ledger.ways.record import WayRecord
from services.partnership.domain.ledger.ways.shared_induction import SharedInduction
from services.partnership.domain.ledger.ways.sharing import Sharing
from services.partnership.domain.ledger.ways.yearlong_placement import YearlongPlacement

WAYS: Mapping[str, type[WayRecord]] = {
    "data_sharing": Sharing,
    "aligned_diversity": AlignedDiversity,
    "shared_induction": SharedInduction,
    "codesigned_courses": CodesignedCourses,
    "coselection": Coselection,
    "district_cohort": DistrictCohort,
    "yearlong_placement": YearlongPlacement,
    "educators_teaching": EducatorsTeaching,
    "faculty_in_schools": FacultyInSchools,
    "leaders_on_boards": LeadersOnBoards,
    "practitioner_recognition": PractitionerRecognition,
}
"""Code → record, in the order of the mission. A code never changes: events and documents hold it."""
