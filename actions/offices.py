"""Which office, its address, bank and phone."""

from __future__ import annotations

from actions.talk import Events, Talk, also_asked, remember
from desk.counter import Counter
from desk.inbox import ANSWERED, ASKED_BACK, REFUSED
from desk.offices import Found, NoOffice, Unknown
from desk.present import all_offices_body, office_body, office_card


def answer(talk: Talk, counter: Counter) -> Events:
    """Answer with the office of the place that was named; ask back when it is none or several."""
    talk.outcome, talk.about = ANSWERED, "office"
    row, chosen = talk.entity("row"), talk.entity("value")
    if row:
        office = counter.offices.by_row(int(row))
        talk.say(card=office_card(office, advice=counter.offices.advice))
        return remember(office_row=office.row, topic="office", misses=0)
    found = counter.offices.office_for(str(chosen or talk.text))
    unknown = isinstance(found, Unknown)
    if not isinstance(found, Found):
        talk.outcome = REFUSED if isinstance(found, NoOffice) else ASKED_BACK
    body = all_offices_body(counter.offices.all()) if unknown else office_body(found)
    talk.say(body["text"], body["card"], [*also_asked(talk, counter, "office"), *body["buttons"]])
    known = found.office.row if isinstance(found, Found) else None
    return remember(office_row=known, topic="office", misses=0)


ACTIONS = {"action_office": answer}
