"""Views that somebody has saved: a name for a query, each person's own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import JSON, Column, Integer, String, UniqueConstraint, delete, func, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from desk.database import Base, reading
from desk.errors import Conflict, InvalidInput
from desk.privacy import scrub
from desk.text import plain
from desk.tickets.ledger import answering
from desk.tickets.query import Query, from_params, to_params

LONGEST = 40  # characters of a name
MOST = 50  # views of one person


class SavedViewRow(Base):
    """One view; `params` are the URL parameters of its query."""

    __tablename__ = "saved_view"
    id = Column(Integer, primary_key=True)
    owner = Column(String(64), nullable=False)
    name = Column(String(LONGEST), nullable=False)
    params = Column(JSON, nullable=False)
    __table_args__ = (UniqueConstraint("owner", "name", name="uq_saved_view_owner_name"),)


@dataclass(frozen=True)
class View:
    """A query under the name that its owner gave it."""

    name: str
    query: Query


class Views:
    """The saved views of one database; `owner` is the id of an `Actor`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, owner: str) -> list[View]:
        """Return the views of `owner` by name."""
        wanted = select(SavedViewRow.name, SavedViewRow.params).where(SavedViewRow.owner == owner)
        with answering(), reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(SavedViewRow.name)).all()
        return [View(row.name, from_params(row.params)) for row in rows]

    def save(self, owner: str, name: str, query: Query) -> None:
        """Keep `query` as `name`, in place of what `owner` had under it.

        Raises `InvalidInput` (empty, too_long, too_many), `Conflict` when the same was saved meanwhile.
        """
        name = _checked(name)
        try:
            with answering(), self._engine.begin() as connection:
                params = to_params(query)
                changed = connection.execute(
                    update(SavedViewRow).where(*_is(owner, name)).values(params=params)
                )
                if changed.rowcount:
                    return
                held = select(func.count()).where(SavedViewRow.owner == owner)
                if connection.scalar(held) >= MOST:
                    raise InvalidInput("too_many")
                connection.execute(insert(SavedViewRow).values(owner=owner, name=name, params=params))
        except IntegrityError as error:
            raise Conflict("saved meanwhile") from error

    def rename(self, owner: str, name: str, to: str) -> None:
        """Call a view `to`; nothing happens when there is none.

        Raises `InvalidInput` (empty, too_long), `Conflict` when another view has that name.
        """
        renamed = update(SavedViewRow).where(*_is(owner, name)).values(name=_checked(to))
        try:
            with answering(), self._engine.begin() as connection:
                connection.execute(renamed)
        except IntegrityError as error:
            raise Conflict("the name is taken") from error

    def remove(self, owner: str, name: str) -> None:
        """Take a view away; nothing happens when there is none."""
        with answering(), self._engine.begin() as connection:
            connection.execute(delete(SavedViewRow).where(*_is(owner, name)))


def _checked(name: str) -> str:
    name = plain(scrub(name))
    if not name or len(name) > LONGEST:
        raise InvalidInput("too_long" if name else "empty")
    return name


def _is(owner: str, name: str) -> tuple[object, ...]:
    return (SavedViewRow.owner == owner, SavedViewRow.name == name)
