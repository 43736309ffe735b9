"""Where a user is signed in: browsers by their sessions, programs by their tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from accounts import jwt, services
from accounts.models import User

# The order matters: Edge also names Chrome, Chrome also Safari, Android also Linux.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome"}
BROWSERS |= {"Safari": "Safari"}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows"}
SYSTEMS |= {"Mac OS": "macOS", "CrOS": "ChromeOS", "Linux": "Linux"}


@dataclass(frozen=True)
class ActiveSignIn:
    client: str
    since: datetime | None
    expires: datetime
    is_current: bool = False


def remember_browser(sender, request, **kwargs) -> None:
    """Store the browser's name in the new session. Signing in for a token has no session, and
    must not get one."""
    if SESSION_KEY in request.session:
        # As text: sessions are stored as JSON, which has no dates.
        request.session.setdefault("since", timezone.now().isoformat())
        request.session.setdefault("browser", browser_name(request.headers.get("User-Agent", "")))


def browser_name(user_agent: str) -> str:
    """The browser and system of a User-Agent header, such as "Firefox on Linux"."""
    names = (
        # The first mark that occurs decides; `Chrom` is also in "Chromium".
        next((name for mark, name in known.items() if mark in user_agent), None)
        for known in (BROWSERS, SYSTEMS)
    )
    return " on ".join(filter(None, names)) or "Unknown browser"


def active_sign_ins(user: User, session_key: str | None) -> list[ActiveSignIn]:
    """The current browser first, then those that expire last."""
    sign_ins = [*_browser_sign_ins(user, session_key), *_token_sign_ins(user)]
    return sorted(sign_ins, key=lambda each: (each.is_current, each.expires), reverse=True)


def _browser_sign_ins(user: User, session_key: str | None) -> Iterator[ActiveSignIn]:
    for session in services.sessions_of(user):
        data = session.get_decoded()
        # Sessions from before a change of password are still stored, but open nothing.
        if data.get(HASH_SESSION_KEY) == user.get_session_auth_hash():
            since = datetime.fromisoformat(data["since"]) if "since" in data else None
            is_current = session.session_key == session_key
            yield ActiveSignIn(
                data.get("browser", "Browser"), since, session.expire_date, is_current
            )


def _token_sign_ins(user: User) -> Iterator[ActiveSignIn]:
    for token in jwt.active_refresh_tokens(user):
        yield ActiveSignIn("API token", token.created_at, token.expires_at)
