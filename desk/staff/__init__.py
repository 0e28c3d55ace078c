"""Who works here: accounts, passwords and second factors, sessions, and what each role may do.

`python -m desk.staff create|list|reset` from the command line.
"""

from desk.staff.accounts import Accounts
from desk.staff.demo import demo_accounts
from desk.staff.permissions import GRANTS, STAFF_ROLES, Permission
from desk.staff.person import Staff
from desk.staff.sessions import Begun, Sessions, Signed, Visit

__all__ = [
    "GRANTS",
    "STAFF_ROLES",
    "Accounts",
    "Begun",
    "Permission",
    "Sessions",
    "Signed",
    "Staff",
    "Visit",
    "demo_accounts",
]
