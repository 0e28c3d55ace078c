"""Who gets what from every route of the console, as a table. A route that is not here fails a test.

Statuses are those of an empty form from somebody who has come all the way in: 422 says that the act was
allowed but lacked its fields. Ways that carry a ticket are tried on one of 五华区.
"""

from __future__ import annotations

NOBODY = ("anonymous", "disabled")
PEOPLE = ("agent", "handler", "other_handler", "supervisor", "operator", "auditor")
OPEN = "open"  # without signing in


def row(everybody: int = 403, **some: int) -> dict[str, int]:
    """What each gets: 403 unless said otherwise; who has no session goes to sign in."""
    assert set(some) <= set(PEOPLE), some
    return {**dict.fromkeys(PEOPLE, everybody), **some}


def public(status: int) -> dict[str, int]:
    """The same for everybody, signed in or not."""
    return dict.fromkeys((*PEOPLE, *NOBODY), status)


_READERS = row(agent=200, handler=200, other_handler=200, supervisor=200, auditor=200)

MATRIX: dict[str, dict[str, int]] = {
    "GET /healthz": public(200),
    "GET /metrics": public(200),
    "GET /": row(303),
    "GET /sign-in": public(200),
    "POST /sign-in": public(422),
    # These belong to the way in: who is in already is sent on.
    "GET /sign-in/second_factor": row(303),
    "POST /sign-in/second_factor": row(303),
    "GET /sign-in/enrol": row(200),
    "GET /sign-in/enrol.svg": row(200),
    "POST /sign-in/enrol": row(422),
    "GET /sign-in/change_password": row(200),
    "POST /sign-in/change_password": row(422),
    "POST /sign-out": row(303),
    "GET /account": row(200),
    "GET /accounts": row(operator=200),
    "POST /accounts": row(operator=422),
    "GET /accounts/<staff_id>": row(operator=200),
    "POST /accounts/<staff_id>/post": row(operator=422),
    "POST /accounts/<staff_id>/disable": row(operator=303),
    "POST /accounts/<staff_id>/enable": row(operator=303),
    "POST /accounts/<staff_id>/reset-password": row(operator=200),
    "POST /accounts/<staff_id>/reset-second-factor": row(operator=303),
    "POST /accounts/<staff_id>/end-sessions": row(operator=303),
    "GET /overview": row(supervisor=200, auditor=200),
    "GET /running": row(supervisor=200, operator=200),
    "GET /export": row(supervisor=200),
    "POST /export": row(supervisor=422),
    "GET /audit": row(auditor=200),
    "POST /audit/verify": row(auditor=200),
    "GET /tickets": _READERS,
    "POST /tickets/views": row(agent=422, handler=422, other_handler=422, supervisor=422, auditor=422),
    "POST /tickets/views/rename": row(agent=422, handler=422, other_handler=422, supervisor=422, auditor=422),
    "POST /tickets/views/delete": row(agent=303, handler=303, other_handler=303, supervisor=303, auditor=303),
    "POST /tickets/dispatch": row(agent=303, supervisor=303),
    "POST /tickets/dispatch/confirm": row(agent=200, supervisor=200),
    "GET /tickets/<ticket_id>": {**_READERS, "other_handler": 404},
    "GET /tickets/<ticket_id>/phone": {**_READERS, "other_handler": 404},
    # The whole conversation is not for the unit, and not for the audit.
    "GET /tickets/<ticket_id>/conversation": row(404, agent=200, supervisor=200, operator=403),
    "GET /tickets/<ticket_id>/cards": row(agent=200, handler=200, other_handler=404, supervisor=200),
    "POST /tickets/<ticket_id>/moves/<name>": row(agent=409, handler=409, other_handler=404, supervisor=409),
    "POST /tickets/<ticket_id>/notes": row(agent=422, handler=422, other_handler=404, supervisor=422),
    "POST /tickets/<ticket_id>/reveal": row(agent=422, handler=422, other_handler=404, supervisor=422),
    "GET /limits": row(supervisor=200),
    "POST /limits/<step>": row(supervisor=422),
    "GET /agent": row(agent=200),
    "POST /agent/look": row(agent=200),
    "GET /agent/card/<topic>/<aspect>": row(agent=200),
    "POST /agent/feedback": row(agent=422),
    # Whose mark it was not, has none to take back.
    "POST /agent/feedback/<entry>/take-back": row(agent=404),
    "POST /agent/form": row(agent=422),
    "POST /agent/tickets": row(agent=422),
    "GET /live": row(agent=200),
    "GET /live/line": row(agent=200),
    "GET /live/awake": row(agent=204),
    "POST /live/presence": row(agent=303),
    "POST /live/take": row(agent=409),
    # The conversation of these is in nobody's hands.
    "GET /live/<sender_id>": row(agent=303),
    "GET /live/<sender_id>/new": row(agent=200),
    "GET /live/<sender_id>/beside": row(agent=422),
    "POST /live/<sender_id>/say": row(agent=422),
    "POST /live/<sender_id>/card": row(agent=404),
    "POST /live/<sender_id>/give-back": row(agent=303),
    "POST /live/<sender_id>/form": row(agent=422),
    "POST /live/<sender_id>/tickets": row(agent=422),
    "GET /learning": row(operator=200),
    "GET /learning/groups": row(operator=200),
    "GET /learning/items": row(operator=200),
    "POST /learning/labels": row(operator=422),
    "POST /learning/undo": row(operator=422),
    # Nobody said this, and nobody proposed it.
    "GET /learning/propose/<item_id>": row(operator=404),
    "POST /learning/propose/<item_id>/preview": row(operator=404),
    "POST /learning/propose/<item_id>/line": row(operator=404),
    "POST /learning/propose/<item_id>/story": row(operator=404),
    "GET /learning/proposals": row(operator=200, supervisor=200),
    "POST /learning/proposals/<proposal_id>/approve": row(supervisor=404),
    "POST /learning/proposals/<proposal_id>/reject": row(supervisor=404),
    "POST /learning/proposals/<proposal_id>/withdraw": row(operator=404),
    "GET /learning/changes": row(operator=200),
    "POST /learning/changes": row(operator=422),
    "GET /learning/changes/<batch>": row(operator=404),
    "GET /learning/figures": row(operator=200, supervisor=200),
}
