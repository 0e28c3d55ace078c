"""The searches that a member of staff has saved under a name, each for its owner alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import JSON, Column, String, UniqueConstraint, delete, func, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from desk.database import Base, reading
from desk.errors import InvalidInput, NotFound
from desk.privacy import scrub
from desk.text import plain
from desk.tickets.query import Query, from_params, to_params

_MOST, _LONGEST = 20, 20  # views of one person; characters of a name


class ViewRow(Base):
    """One saved search; `params` is what `query.to_params` made."""

    __tablename__ = "ticket_view"
    id = Column(String(16), primary_key=True)
    staff_id = Column(String(16), nullable=False)
    name = Column(String(_LONGEST), nullable=False)
    params = Column(JSON, nullable=False)
    __table_args__ = (UniqueConstraint("staff_id", "name", name="uq_ticket_view_staff_id_name"),)


@dataclass(frozen=True)
class View:
    """A search with the name that its owner gave it."""

    id: str
    name: str
    params: Mapping[str, str]


class Views:
    """The saved searches of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, staff_id: str) -> list[View]:
        """Return the views of one person by name."""
        wanted = select(ViewRow.id, ViewRow.name, ViewRow.params).where(ViewRow.staff_id == staff_id)
        with reading(self._engine) as connection:
            return [View(*row) for row in connection.execute(wanted.order_by(ViewRow.name))]

    def save(self, staff_id: str, name: str, query: Query) -> View:
        """Keep `query` under `name`; a view of that name is replaced.

        Raises `InvalidInput` (view_name, view_empty: nothing is chosen, views_full).
        """
        name, params = _checked(name), to_params(query)
        if not params:
            raise InvalidInput("view_empty")
        view = View(secrets.token_hex(8), name, params)
        mine = ViewRow.staff_id == staff_id
        with self._engine.begin() as connection:
            connection.execute(delete(ViewRow).where(mine, ViewRow.name == name))
            if int(connection.scalar(select(func.count()).select_from(ViewRow).where(mine))) >= _MOST:
                raise InvalidInput("views_full")
            row = {"id": view.id, "staff_id": staff_id, "name": name, "params": dict(params)}
            connection.execute(insert(ViewRow).values(row))
        return view

    def rename(self, staff_id: str, view_id: str, name: str) -> None:
        """Give a view of one's own another name; raise `NotFound`, `InvalidInput` (view_name, view_taken)."""
        named = update(ViewRow).where(ViewRow.id == view_id, ViewRow.staff_id == staff_id)
        try:
            with self._engine.begin() as connection:
                if not connection.execute(named.values(name=_checked(name))).rowcount:
                    raise NotFound("view")
        except IntegrityError as error:
            raise InvalidInput("view_taken") from error

    def delete(self, staff_id: str, view_id: str) -> View:
        """Remove a view of one's own and return it, so that it can be saved again; raise `NotFound`."""
        this = (ViewRow.id == view_id, ViewRow.staff_id == staff_id)
        with self._engine.begin() as connection:
            row = connection.execute(select(ViewRow.id, ViewRow.name, ViewRow.params).where(*this)).first()
            if row is None:
                raise NotFound("view")
            connection.execute(delete(ViewRow).where(*this))
        return View(*row)

    def query(self, view: View) -> Query:
        """Return what a view looks for."""
        return from_params(view.params)


def _checked(name: str) -> str:
    name = plain(name)
    if not 0 < len(name) <= _LONGEST or scrub(name) != name:
        raise InvalidInput("view_name")
    return name
