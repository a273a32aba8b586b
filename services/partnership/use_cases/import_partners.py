"""Import a list of partners: each row becomes a contact of a draft, or of the partnership that there is already."""

from collections.abc import Mapping
from datetime import datetime

from services.partnership.domain.findings import Findings
from services.partnership.domain.import_file import TWICE, RowRefused, Taken
from services.partnership.domain.import_report import ImportReport, Tally
from services.partnership.domain.ledger.agreement import LIVE, Partnership, Status, listed_id
from services.partnership.domain.ledger.belongings import with_contact
from services.partnership.domain.ledger.parties import contact_key
from services.partnership.domain.ledger.partner_list import PartnerRow, matched, read_partner_list
from services.partnership.domain.ledger.sides import viewing
from services.partnership.domain.ledger.statements import other
from services.partnership.store.directory import Directory
from services.partnership.store.imports import ImportStore
from services.partnership.store.partnerships import PartnershipStore
from shared.access.callers import Caller
from shared.errors import Forbidden, InvalidInput, StaleRevision
from shared.events.partnership import OrganizationKind
from shared.events.partnerships import Side
from shared.ids import derived
from shared.rounds import on_a_fresh_reading


async def import_partners(
    name: str,
    content: bytes,
    organization_id: str,
    *,
    caller: Caller,
    partnerships: PartnershipStore,
    directory: Directory,
    imports: ImportStore,
    now: datetime,
) -> ImportReport:
    """The report. ImportRejected if the file as a whole is no such list; then nothing is taken."""
    side, ours = _whose(caller, organization_id)
    findings = Findings()
    taken = read_partner_list(name, content, other(side), findings)
    partners = await _partners(taken, side, directory)
    kept = _matched(taken, partners, findings)
    grouped: dict[str, list[PartnerRow]] = {}
    for _, row in kept.lines:
        grouped.setdefault(partners[row.partner], []).append(row)  # type: ignore[arg-type]  # refused ones are not kept
    outcomes = [
        await _listed(ours, partner, rows, side, caller, partnerships, now) for partner, rows in grouped.items()
    ]
    report = ImportReport(
        import_id=derived("import", "partners", caller.subject, now.isoformat()),
        kind="partners",
        by=caller.subject,
        by_organizations=(ours,),
        received_at=now,
        files=(name,),
    )
    tally = Tally(**{each: outcomes.count(each) for each in ("new", "changed", "unchanged")})
    done = report.with_outcome(kept.rows_read, len(kept.lines), tally, findings)
    await imports.save(done)
    return done


def _whose(caller: Caller, organization_id: str) -> tuple[Side, str]:
    """The side and organization whose list it is: the caller's only one, unless one of theirs is named."""
    side = viewing(caller.scope())
    if side is None:
        raise Forbidden("A partner list is a provider's or a district's own.", hint="Ask them to send it.")
    mine = sorted(caller.organizations)
    chosen = organization_id or (mine[0] if len(mine) == 1 else "")
    if chosen not in mine:
        raise InvalidInput("Say whose list this is.", hint=f"One of {', '.join(mine)}.", where="organization_id")
    return side, chosen


async def _partners(taken: Taken[PartnerRow], side: Side, directory: Directory) -> dict[str, str | RowRefused]:
    """What was written → the code that it means, or why it means none."""
    kind = OrganizationKind.DISTRICT if side is Side.PROVIDER else OrganizationKind.PROVIDER
    written = {row.partner for _, row in taken.lines}
    coded = {code: each for code, each in (await directory.known_organizations(written)).items() if kind in each.kinds}
    named = await directory.called(written, kind)
    found: dict[str, str | RowRefused] = {}
    for each in written:
        try:
            found[each] = matched(each, coded, named)
        except RowRefused as refusal:
            found[each] = refusal
    return found


def _matched(
    taken: Taken[PartnerRow], partners: Mapping[str, str | RowRefused], findings: Findings
) -> Taken[PartnerRow]:
    first: set[tuple[str, str, str]] = set()

    def refuses(row: PartnerRow) -> RowRefused | None:
        partner = partners[row.partner]
        if isinstance(partner, RowRefused):
            return partner
        identity = (partner, row.contact.name.casefold(), row.contact.email.casefold())
        if identity in first:
            return RowRefused(TWICE, "e-mail")
        first.add(identity)
        return None

    return taken.keep(refuses, findings)


async def _listed(
    ours: str,
    partner: str,
    rows: list[PartnerRow],
    side: Side,
    caller: Caller,
    partnerships: PartnershipStore,
    now: datetime,
) -> str:
    """new, changed or unchanged."""
    provider_id, district_id = (ours, partner) if side is Side.PROVIDER else (partner, ours)
    drafted = Partnership(
        partnership_id=listed_id(provider_id, district_id), provider_id=provider_id, district_id=district_id, revision=0
    )

    async def attempt() -> str:
        there = await partnerships.between(provider_id, district_id)
        live = [each for each in there if each.status in LIVE]
        listed = [each for each in there if each.partnership_id == drafted.partnership_id]
        known = next(iter([*live, *listed]), None)
        if known is not None and known.is_over:
            return "unchanged"
        before = known or drafted
        after, there_already = before, {each.contact_key for each in before.contacts}
        for row in rows:
            if contact_key(partner, row.contact) in there_already:
                continue
            after = with_contact(after, row.contact, stated_by=side, by=caller.subject, now=now)
        nature = "\n".join(dict.fromkeys(row.nature for row in rows if row.nature))[:2000]
        if before.status is Status.DRAFT and nature not in ("", before.nature):
            after = after.after(now.date(), nature=nature)
        if known is not None and after is known:
            return "unchanged"
        after = after.model_copy(update={"revision": before.revision + 1})
        if known is not None:
            await partnerships.save(after, (), now)
        elif not await partnerships.add(after, (after.changed(),), now):
            raise StaleRevision("Somebody else imported this partner.")
        return "changed" if known is not None else "new"

    return await on_a_fresh_reading(attempt)
