"""What topics and offsets show of a run, and the processes behind them (I6-I11)."""

from collections import defaultdict

from tests.faults.accounting import Ledger
from tests.faults.evidence import PUBLISHED, Document, Evidence, Found, Told
from tests.journeys.records import READS

DESCRIPTORS_MORE = 100
"""So many more open files than at its start show that a process does not close them."""


def the_outbox_drains(run: Evidence) -> Found:
    """I6: nothing is aboard any more; each document was announced; no event is in a topic without its document."""
    for collection, documents in run.stores.items():
        for document in documents:
            if document.get("_outbox"):
                yield "lost", f"{len(document['_outbox'])} events are still aboard {collection} {document['_id']}"
    for topic, collections in PUBLISHED.items():
        revisions = {subject_of(each): each["revision"] for name in collections for each in run.all(name)}
        events = run.events(topic).values()
        for subject in revisions.keys() - {event.subject for event in events}:
            yield "lost", f"nobody was told of {subject} in {topic}"
        for event in events:
            if event.sequence > revisions.get(event.subject, 0):
                yield "wrong", f"{event.name} {event.sequence} of {event.subject} tells of what was never saved"


def order_is_kept(run: Evidence) -> Found:
    """I7: of each subject, events lie in its topic in their order, all in one partition."""
    last: dict[tuple[str, str], int] = {}
    partitions: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    known: set[str] = set()
    for told in sorted(run.told, key=lambda told: told.place):
        if told.wire_name and told.id not in known:
            known.add(told.id)
            place = told.topic, told.subject
            if told.sequence <= last.get(place, 0):
                yield "wrong", f"{told.name} {told.sequence} of {told.subject} lies behind {last[place]}"
            last[place] = told.sequence
            partitions[told.topic, told.key].add(told.partition)
    for (topic, key), found in partitions.items():
        if len(found) > 1:
            yield "wrong", f"the key {key} of {topic} lies in partitions {sorted(found)}"


def nothing_is_committed_before_it_is_applied(run: Evidence) -> Found:
    """I8: what lies before a committed offset was applied or parked. It holds at every moment, not only at rest."""
    ledger = Ledger(run)
    for service, topics in READS.items():
        for told, committed in run.read_by(service, topics):
            if told.offset < committed and not ledger.has(service, told):
                yield "lost", f"{service} is done with {named(told)}, and has not applied it"


def every_record_is_accounted_for(run: Evidence) -> Found:
    """I9: each record that a service reads was applied or parked; parked is what nobody can read, and nothing else."""
    ledger = Ledger(run)
    for service, topics in READS.items():
        for told, _ in run.read_by(service, topics):
            if not ledger.has(service, told):
                yield "lost", f"{service} neither applied nor parked {named(told)}"
            if told.place in ledger.parked[service] and not ledger.was_poisoned(told):
                yield "wrong", f"{service} parked {named(told)}, which is as it should be"
        for place in ledger.parked[service] - {told.place for told in run.told}:
            yield "wrong", f"{service} parked a record at {place}, where there is none"


def everybody_sees_only_their_own(run: Evidence) -> Found:
    """I10: a district's key shows that district's things; no address, name or link is in logs, metrics or events (those
    of people excepted). Tenants beyond districts the product does not have."""
    for seen in run.seen:
        if foreign := seen.organizations - seen.allowed:
            yield "wrong", f"{seen.who} was shown {sorted(foreign)} at {seen.path}"
    for leak in run.leaks:
        yield "wrong", leak


def every_service_works(run: Evidence) -> Found:
    """I11: each is alive and ready, has read everything, and keeps no files open."""
    for service, vital in run.vitals.items():
        if not (vital.is_alive and vital.is_ready):
            yield "wrong", f"{service} is {'not ready' if vital.is_alive else 'dead'}"
        if vital.descriptors > vital.descriptors_at_start + DESCRIPTORS_MORE:
            yield "wrong", f"{service} has {vital.descriptors} files open, at first {vital.descriptors_at_start}"
    for service, topics in READS.items():
        if unread := sum(told.offset >= committed for told, committed in run.read_by(service, topics)):
            yield "lost", f"{service} has {unread} records still to read"


def subject_of(document: Document) -> str:
    """As events name it: an instrument's versions are one subject."""
    return str(document["_id"]).partition(".v")[0]


def named(told: Told) -> str:
    return f"{told.name or 'what nobody can read'} at {told.topic}/{told.partition}/{told.offset}"
