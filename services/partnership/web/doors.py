"""Every door of partnership: for machines first, then for people."""

from services.partnership.web import (
    api_feeds,
    api_hires,
    api_imports,
    api_ledger_entries,
    api_matches,
    api_partner_list,
    api_partnerships,
    api_pulls,
    api_reads,
    api_reviews,
    api_runs,
    api_stated_hires,
    api_vacancies,
    api_webhooks,
    pages_connect,
    pages_districts,
    pages_feeds,
    pages_hires,
    pages_home,
    pages_imports,
    pages_ledger_forms,
    pages_matches,
    pages_needs,
    pages_partnerships,
    pages_pulls,
    pages_reviews,
    pages_runs,
    pages_terms,
    pages_vacancies,
    pages_webhooks,
)

FOR_MACHINES = (
    *(api_feeds, api_runs, api_stated_hires, api_hires, api_imports, api_matches, api_pulls, api_reads, api_webhooks),
    *(api_partner_list, api_partnerships, api_ledger_entries),
    *(api_vacancies, api_reviews),
)
FOR_PEOPLE = (
    *(pages_home, pages_connect, pages_feeds, pages_runs, pages_hires, pages_imports, pages_matches, pages_pulls),
    *(pages_webhooks, pages_terms, pages_ledger_forms, pages_partnerships),
    *(pages_vacancies, pages_needs, pages_reviews, pages_districts),
)
ROUTERS = [door.router for door in (*FOR_MACHINES, *FOR_PEOPLE)]
