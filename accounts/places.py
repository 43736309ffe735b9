"""Where somebody is signed in: browsers by their sessions, programs by their tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from accounts import jwt, services
from accounts.models import User

# In this order: Edge also calls itself Chrome, Chrome also Safari, Android also Linux.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome"}
BROWSERS |= {"Safari": "Safari"}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows"}
SYSTEMS |= {"Mac OS": "macOS", "CrOS": "ChromeOS", "Linux": "Linux"}


@dataclass(frozen=True)
class Place:
    what: str
    since: datetime | None
    until: datetime
    here: bool = False


def remember(sender, request, **kwargs) -> None:
    """Kept in the session that begins. A token's sign-in has none, and must not get one."""
    if SESSION_KEY in request.session:
        request.session.setdefault("since", timezone.now().isoformat())
        request.session.setdefault("browser", browser(request.headers.get("User-Agent", "")))


def browser(agent: str) -> str:
    """What people call it, as far as it can be told."""
    names = (
        next((name for mark, name in known.items() if mark in agent), None)
        for known in (BROWSERS, SYSTEMS)
    )
    return " on ".join(filter(None, names)) or "Unknown browser"


def of(user: User, session_key: str | None) -> list[Place]:
    """This browser first, then the newest."""
    places = [*_browsers(user, session_key), *_programs(user)]
    return sorted(places, key=lambda place: (place.here, place.until), reverse=True)


def _browsers(user, session_key) -> Iterator[Place]:
    for session in services.sessions_of(user):
        kept = session.get_decoded()
        if kept.get(HASH_SESSION_KEY) == user.get_session_auth_hash():
            since = datetime.fromisoformat(kept["since"]) if "since" in kept else None
            here = session.session_key == session_key
            yield Place(kept.get("browser", "Browser"), since, session.expire_date, here)


def _programs(user) -> Iterator[Place]:
    for row in jwt.live(user):
        yield Place("API token", row.created_at, row.expires_at)
