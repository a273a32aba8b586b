"""The register: wire name → class, and nothing else."""

from shared.events import partnership, partnerships, survey
from shared.events.envelope import Envelope, Event, from_wire, seal, to_wire

__all__ = ["REGISTER", "Envelope", "Event", "from_wire", "seal", "to_wire"]

REGISTER: dict[str, type[Event]] = {
    event.wire_name: event
    for event in (
        partnership.OrganizationChanged,
        partnership.ProgramChanged,
        partnership.RoleHolderChanged,
        partnership.CompleterProfileChanged,
        partnership.CompleterHired,
        partnership.HireAmended,
        partnership.HireWithdrawn,
        partnership.EmploymentEnded,
        partnerships.PartnershipChanged,
        partnerships.ActivityRecorded,
        partnerships.GoalMeasured,
        partnerships.AttestationGiven,
        partnerships.VacanciesProjected,
        partnerships.ReviewOpened,
        partnerships.ReviewAdvanced,
        partnerships.ReviewClosed,
        partnerships.PartnerContactChanged,
        survey.InstrumentPublished,
        survey.SurveyIssued,
        survey.InvitationDelivered,
        survey.InvitationBounced,
        survey.SurveyStarted,
        survey.SurveySubmitted,
        survey.SurveyDeclined,
        survey.SurveyWithdrawn,
        survey.SurveyExpired,
    )
}
