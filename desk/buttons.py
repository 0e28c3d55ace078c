"""A button as every door sends it: a title, and Rasa's payload for an intent and its entities."""

from __future__ import annotations

import json
from typing import Any


def button(title: str, intent: str, **entities: Any) -> dict[str, str]:
    """Return a button with Rasa's payload for an intent and its entities."""
    given = json.dumps(entities, ensure_ascii=False) if entities else ""
    return {"title": title, "payload": f"/{intent}{given}"}
