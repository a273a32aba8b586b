"""What people and documents show of a run: hires, surveys, answers and mails, each once (I1-I5, I12, I13)."""

from collections import Counter, defaultdict

from shared.events.partnership import HIRES
from shared.events.survey import SURVEYS
from tests.faults.accounting import counted
from tests.faults.evidence import Evidence, Found, Kind, once
from tests.faults.history import Act, Hired, Outcome

MAY_HAVE_BEEN_TAKEN = (Outcome.OK, Outcome.UNKNOWN)
OPEN = ("issued", "started")
UNKNOWN = ("unknown", "handing_over")
"""States of a mail of which nobody can say whether it arrived."""


def no_hire_is_lost(run: Evidence) -> Found:
    """I1: each hire that clients were told was taken is there once, and is asked about in one survey; no other is."""
    hires = Counter(
        Hired(hire["completer_id"], completion["program_id"], hire["district_id"])
        for hire in run.all("partnership.hires")
        for completion in hire["completions"]
    )
    asked = Counter((survey["completer_id"], survey["program_id"]) for survey in run.all("survey.surveys"))
    for hired in run.history.hired:
        yield from once("the hire of", hired.completer_id, hires[hired])
        yield from once("the survey about", hired.completer_id, asked[hired.completer_id, hired.program_id])
    for hired in hires.keys() - run.history.shown:
        yield "wrong", f"nobody showed the hire of {hired.completer_id} in {hired.district_id}"


def nothing_is_issued_twice(run: Evidence) -> Found:
    """I2: one survey for each completer, program and wave; issued once, and again only after its hire has changed; each
    mail arrived once. (One survey for each contact of a review follows from its id.)"""
    key = ("completer_id", "program_id", "wave")
    surveys = [each for each in run.all("survey.surveys") if each.get("review_id") is None]
    for about, number in Counter(tuple(each[part] for part in key) for each in surveys).items():
        if number > 1:
            yield "doubled", f"{number} surveys about {about}"
    told_of = Counter(event.key for event in run.events(HIRES).values())
    issued = Counter(event.subject for event in run.events(SURVEYS, "survey_issued").values())
    for survey in surveys:
        if issued[survey["_id"]] > told_of[survey["completer_id"]]:
            yield "doubled", f"survey {survey['_id']} was issued {issued[survey['_id']]} times"
    for message_id, number in Counter(mail.message_id for mail in run.mails).items():
        if number > 1:
            yield "doubled", f"mail {message_id} arrived {number} times"


def what_was_acknowledged_is_stored(run: Evidence) -> Found:
    """I3: a form that was taken is kept as it was sent, one that was refused is not; of the others either holds."""
    surveys = run.by_id("survey.surveys")
    issued = Counter(event.subject for event in run.events(SURVEYS, "survey_issued").values())
    sent: defaultdict[str, defaultdict[str, list[Act]]] = defaultdict(lambda: defaultdict(list))
    for act in run.history.acts:
        sent[act.about][act.verb].append(act)
    for survey_id, survey in surveys.items():
        acts, state = sent[survey_id], survey["state"]
        taken = {verb for verb, of_verb in acts.items() if any(act.outcome is Outcome.OK for act in of_verb)}
        perhaps = {
            verb: [act.content for act in of_verb if act.outcome in MAY_HAVE_BEEN_TAKEN]
            for verb, of_verb in acts.items()
        }
        for verb, wanted in (("submit", "submitted"), ("decline", "declined")):
            if verb in taken and state != wanted:
                yield "lost", f"survey {survey_id} is {state}, though its person was told that it is {wanted}"
            if state == wanted and not perhaps.get(verb):
                yield "wrong", f"survey {survey_id} is {state}, though nobody did that"
        if state == "submitted" and survey["answers"] not in perhaps.get("submit", []):
            yield "wrong", f"the answers of survey {survey_id} are not those that were sent"
        if state == "started" and survey["answers"] not in perhaps.get("save", []):
            yield "wrong", f"what is saved of survey {survey_id} is not what was sent"
        if state == "issued" and "save" in taken and issued[survey_id] == 1:
            yield "lost", f"what was saved of survey {survey_id} is gone"


def each_answer_is_counted_once(run: Evidence) -> Found:
    """I4: analytics has one fact for each event about a survey and no other; its figures follow from its facts."""
    events = run.events(SURVEYS)
    facts = run.by_id("analytics.facts")
    expected = {event_id for event_id, event in events.items() if event.name != "instrument_published"}
    for missing in expected - facts.keys():
        yield "lost", f"the fact {events[missing].name} of survey {events[missing].subject}"
    for invented in facts.keys() - expected:
        yield "wrong", f"the fact {invented} follows from no event"
    submitted = Counter(fact["survey_id"] for fact in facts.values() if fact["kind"] == "submitted")
    for survey in run.all("survey.surveys"):
        if survey["state"] == "submitted":
            yield from once("the submission of", survey["_id"], submitted.pop(survey["_id"], 0))
    for survey_id in submitted:
        yield "wrong", f"survey {survey_id} is counted as answered, and is not"
    for figure, number in counted(list(facts.values())).items():
        if (shown := run.figures.get(figure, 0)) != number:
            kind: Kind = "lost" if shown < number else "doubled"
            yield kind, f"the results say {figure} {shown}, the facts {number}"


def a_form_is_taken_once(run: Evidence) -> Found:
    """I5: whoever sent a form in, however often, was given one receipt, that of the one submission that was told."""
    receipts: defaultdict[str, set[str]] = defaultdict(set)
    for act in run.history.of("receipt", Outcome.OK):
        receipts[act.about].add(act.answer)
    surveys = run.by_id("survey.surveys")
    for survey_id, given in receipts.items():
        kept = surveys.get(survey_id, {}).get("receipt")
        if len(given) > 1:
            yield "doubled", f"survey {survey_id} has receipts {sorted(given)}"
        if kept not in given:
            yield "lost", f"survey {survey_id} keeps the receipt {kept}, its person {sorted(given)}"
    submitted = Counter(event.subject for event in run.events(SURVEYS, "survey_submitted").values())
    for survey_id, number in submitted.items():
        if number > 1:
            yield "doubled", f"survey {survey_id} was told as submitted {number} times"


def every_change_leaves_one_trace(run: Evidence) -> Found:
    """I12: each revision of a hire was told by one event, each end of a survey too; each upload that was taken is one
    run; whoever took a parked event out said who and why. (A chain of hashes the product does not have.)"""
    told: defaultdict[str, list[int]] = defaultdict(list)
    for event in run.events(HIRES).values():
        told[event.subject].append(event.sequence)
    for hire in run.all("partnership.hires"):
        if sorted(told[hire["_id"]]) != list(range(1, hire["revision"] + 1)):
            yield "wrong", f"hire {hire['_id']} is at {hire['revision']}, told were {sorted(told[hire['_id']])}"
    for state in ("submitted", "declined"):
        ends = Counter(event.subject for event in run.events(SURVEYS, f"survey_{state}").values())
        for survey in run.all("survey.surveys"):
            if ends[survey["_id"]] != (survey["state"] == state):
                yield "wrong", f"survey {survey['_id']} is {survey['state']}, told as {state}: {ends[survey['_id']]}"
    taken = (each for each in run.all("partnership.snapshots") if each["state"] == "applied")
    runs = Counter(f"{each['connection_id']} {each['observed_at'].isoformat()}" for each in taken)
    for about in {act.about for act in run.history.of("upload", Outcome.OK)}:
        yield from once("the upload", about, runs[about])
    for parked in [*run.all("survey.parked"), *run.all("analytics.parked")]:
        is_signed = parked["history"] and all(step["actor"] and step["reason"] for step in parked["history"])
        if parked["state"] != "parked" and not is_signed:
            yield "wrong", f"nobody says who took the parked event {parked['_id']} out, or why"


def mail_is_sent_once(run: Evidence) -> Found:
    """I13: a mail that is kept as sent arrived once; one whose fate is unknown at most once, and there are no more such
    than deaths explain; whoever can be reached has been written to about each open form."""
    arrived = Counter(mail.message_id for mail in run.mails)
    announced: set[tuple[str, str]] = set()
    unknown = 0
    for sitting in run.all("survey.sittings"):
        for mail in sitting["mails"]:
            name = f"{sitting['_id']}.{mail['kind']}.{mail['number']}"
            yield from _one_mail(name, mail["state"], arrived.pop(name, 0))
            unknown += mail["state"] in UNKNOWN
            if mail["state"] == "sent" or mail["state"] in UNKNOWN:
                announced.update((sitting["_id"], survey_id) for survey_id in mail["survey_ids"])
    for message_id in arrived:
        yield "wrong", f"nobody knows of the mail {message_id}"
    if unknown > run.unknown_at_most:
        yield "wrong", f"of {unknown} mails nobody knows what became of them; deaths explain {run.unknown_at_most}"
    reachable = {each["_id"] for each in run.all("survey.role_holders") if each.get("email_sealed") is not None}
    for survey in run.all("survey.surveys"):
        is_due = survey["state"] in OPEN and survey["target"]["recipient_role"] in reachable
        if is_due and (survey["sitting_id"], survey["_id"]) not in announced:
            yield "lost", f"nobody was written to about survey {survey['_id']}"


def _one_mail(name: str, state: str, number: int) -> Found:
    if number > 1:
        yield "doubled", f"the mail {name} arrived {number} times"
    if state == "sent" and not number:
        yield "lost", f"the mail {name} is kept as sent, and did not arrive"
    if state != "sent" and state not in UNKNOWN and number:
        yield "wrong", f"the mail {name} arrived, and is kept as {state}"
