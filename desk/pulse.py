"""Whether the database can be read and written, as it was found last: health tells it without waiting."""

from __future__ import annotations

import threading
import time
from contextvars import copy_context
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError

from desk import conversation
from desk.database import DAMAGED, check_writing

# What SQLite says, and what staff read: what is wrong and what helps.
_FAULTS = {
    "database is locked": "数据库被别的程序占着，写不进去：请看是谁在用数据库文件，放开后会自己恢复",
    "readonly": "数据库是只读的，写不进去：请检查磁盘和文件的权限，改好后会自己恢复",
    "read-only": "数据库是只读的，写不进去：请检查磁盘、权限，或数据库是不是备机，改好后会自己恢复",
    "full": "磁盘满了，写不进去：请清理磁盘，之后会自己恢复",
    "No space left": "磁盘满了，写不进去：请清理磁盘，之后会自己恢复",
    "disk I/O error": "磁盘读写出错（满了、坏了或断开了）：请检查磁盘，好了以后会自己恢复",
    "malformed": DAMAGED,
    "not a database": DAMAGED,
}
_NO_ANSWER = "数据库没有回应：请检查它是否在运行、网络通不通，恢复后会自己接上"
_EVERY = 1.0  # seconds between two looks
_PATIENCE = 3.0  # a look that takes longer counts as no answer

log = structlog.get_logger("database")


class Pulse:
    """Looks every second, from a thread of its own. `fault`: one sentence for staff, empty when all is well.

    Reading is tried each time; writing only after something in this process has failed, until it works again.
    A file that is damaged stays so until the process starts anew over another.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._fault = ""
        self._begun = 0.0  # when the look that is running began; 0: none is
        self._doubt = threading.Event()
        self._stop = threading.Event()
        event.listen(engine, "handle_error", self._failed)

    @property
    def fault(self) -> str:
        """What is wrong with the database, found at most a few seconds ago."""
        begun = self._begun
        return self._fault or (_NO_ANSWER if begun and time.monotonic() - begun > _PATIENCE else "")

    def start(self) -> None:
        """Look until `stop`."""
        watch = copy_context().run  # its lines name the process as all others do
        threading.Thread(target=watch, args=(self._watch,), name="pulse", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._begun = time.monotonic()
            self._found(self._look())
            self._begun = 0.0
            self._stop.wait(_EVERY)

    def _look(self) -> str:
        if self._fault == DAMAGED:
            return self._fault
        try:
            conversation.newest_seq(self._engine)
            if self._doubt.is_set():
                self._doubt.clear()  # a failure of this write sets it again
                check_writing(self._engine)
        except SQLAlchemyError as error:
            return fault_of(error) or _NO_ANSWER
        return self._fault if self._doubt.is_set() else ""

    def _found(self, fault: str) -> None:
        if fault != self._fault:
            log.error("database fault", words=fault) if fault else log.info("database is back")
        self._fault = fault

    def _failed(self, context: Any) -> None:
        """Something that this process asked of the database failed."""
        error = context.sqlalchemy_exception
        if not isinstance(error, DBAPIError) or isinstance(error, (IntegrityError, ProgrammingError)):
            return
        # Two writers in each other's way are no fault of the database.
        away = context.is_disconnect or context.connection is None
        words = fault_of(error) or (_NO_ANSWER if away else "")
        if words and self._fault != DAMAGED:
            self._found(words)
        self._doubt.set()


def fault_of(error: SQLAlchemyError) -> str:
    """Return what staff can do about an error of the database; empty where it says nothing of the disk."""
    said = str(getattr(error, "orig", error))
    return next((words for sign, words in _FAULTS.items() if sign in said), "")
