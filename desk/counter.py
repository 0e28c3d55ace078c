"""Every room of the desk, opened once at an entry point and handed to the door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from desk.audit import Audit
from desk.claims import ClaimSource
from desk.claims.register import Register
from desk.database import open_database
from desk.erasure import Erasure
from desk.guide import Guide
from desk.health import PLATFORM, WECHAT, Health
from desk.identity import Codes, DemoSms, HttpSms
from desk.learning import Feedback, Labels, Missed, Proposals
from desk.live import Live, ServiceHours
from desk.offices import Offices
from desk.regions import Atlas, load_atlas
from desk.sealing import Seal
from desk.settings import Settings, derive
from desk.staff import Accounts, Sessions
from desk.tickets import Catalogue, Categories, Tickets, Triage, load_limits
from desk.tickets.export import Export
from desk.tickets.figures import Figures
from desk.tickets.search import Search
from desk.tickets.views import Views
from desk.topics import read_topic_names
from desk.vault import Vault
from desk.workdays import Workdays


@dataclass(frozen=True)
class Counter:
    """The rooms. `codes` is None where neither the demo nor an SMS service can send a code."""

    settings: Settings
    engine: Engine
    atlas: Atlas
    guide: Guide
    offices: Offices
    workdays: Workdays
    claims: ClaimSource
    claims_health: Health
    wechat_health: Health
    codes: Codes | None
    vault: Vault
    tickets: Tickets
    triage: Triage
    categories: Categories
    search: Search
    views: Views
    figures: Figures
    export: Export
    catalogue: Catalogue
    topic_names: Mapping[str, str]
    live: Live
    accounts: Accounts
    sessions: Sessions
    audit: Audit
    erasure: Erasure
    feedback: Feedback
    missed: Missed
    labels: Labels
    proposals: Proposals


def open_counter(settings: Settings) -> Counter:
    """Read the data and connect; raise `DataFault` with every fault of a file."""
    engine = open_database(settings.database_url)
    atlas = load_atlas(settings.data)
    workdays = Workdays(settings.data / "calendar")
    categories = Categories.load(settings.data / "categories.yml")
    limits = load_limits(settings.data / "limits.yml")
    accounts = Accounts(
        engine, derive(settings.secret, "staff"), settings.password_profile, demo=settings.demo
    )
    hours = ServiceHours.load(settings.data / "service_hours.yml", workdays)
    offices = Offices(settings.data, settings.region)
    health = Health(engine, PLATFORM)
    claims = _claims(settings, engine, offices, health)
    topic_names = read_topic_names(settings.data / "topic_names.yml")
    catalogue = Catalogue.load(settings.data / "dispatch.yml")
    search = Search(engine, categories, workdays)
    seal, units = Seal(derive(settings.secret, "tickets")), frozenset(catalogue.units)
    return Counter(
        settings=settings,
        engine=engine,
        atlas=atlas,
        guide=Guide(atlas),
        offices=offices,
        workdays=workdays,
        claims=claims,
        claims_health=health,
        wechat_health=Health(engine, WECHAT),
        codes=_codes(settings, engine, claims),
        vault=Vault(engine, derive(settings.secret, "vault")),
        tickets=Tickets(engine, workdays, limits, seal, units=units, accusing=categories.accusing),
        triage=Triage.load(settings.data / "triage.yml"),
        categories=categories,
        search=search,
        views=Views(engine),
        figures=Figures(engine, categories, workdays),
        export=Export(
            search, categories, names=lambda: {each.id: each.shown_name for each in accounts.all()}
        ),
        catalogue=catalogue,
        topic_names=topic_names,
        live=Live(engine, hours, public=_published(offices)),
        accounts=accounts,
        sessions=Sessions(engine, accounts, derive(settings.secret, "sessions")),
        audit=Audit(engine, derive(settings.secret, "audit")),
        erasure=Erasure(engine, open_database(settings.tracker_url)),
        feedback=Feedback(engine),
        missed=Missed(engine),
        labels=Labels(engine, topic_names),
        proposals=Proposals(engine, settings.data, topic_names, atlas, people=accounts.shown_names),
    )


def _published(offices: Offices) -> dict[str, str]:
    """The numbers of every office, digits -> as written: an agent may write them."""
    later = (office.later.phones for office in offices.all() if office.later)
    numbers = [n for phones in (*(office.dialled for office in offices.all()), *later) for n in phones]
    return {re.sub(r"\D", "", number): number for number in numbers}


def _claims(settings: Settings, engine: Engine, offices: Offices, health: Health) -> ClaimSource:
    """The provincial platform where there is one, else our own register."""
    if settings.platform is None:
        return Register(engine, derive(settings.secret, "register"))
    # Only needed here: what it imports would cost every other start a tenth of a second.
    from desk.claims.platform import Platform

    return Platform(settings.platform, [office.row for office in offices.all()], health)


def _codes(settings: Settings, engine: Engine, claims: ClaimSource) -> Codes | None:
    key = derive(settings.secret, "identity")
    if settings.sms_url:
        return Codes(engine, key, HttpSms(settings.sms_url, settings.sms_token), claims)
    return Codes(engine, key, DemoSms(engine), claims) if settings.demo else None
