"""Saving a setting, or going back to `.env`; each change is kept with who made it and when."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone

from accounts.models import User
from core.environment import configured_text
from imports.models import ImportLock
from shop_settings import saved
from shop_settings.editable import EDITABLE, locked_reason
from shop_settings.models import Setting

# names: of the settings that changed; sent in the transaction that stores them
settings_saved = Signal()


class Locked(Exception):
    """The setting cannot be changed any longer; the message says why."""


def current_texts() -> dict[str, str]:
    """What is in effect, as it would be written in `.env`."""
    stored = dict(Setting.objects.values_list("name", "text"))
    return {name: stored.get(name, configured_text(name)) for name in EDITABLE}


def save_settings(user: User, texts: dict[str, str]) -> list[str]:
    """Store what differs from what is in effect; the names of those."""
    with transaction.atomic():
        before = current_texts()
        changed = [name for name, text in texts.items() if text != before[name]]
        refuse_locked(changed)
        for name in changed:
            values = {"text": texts[name], "changed_at": timezone.now(), "changed_by": user}
            Setting.objects.update_or_create(name=name, defaults=values)
            record(user, name, before[name], texts[name])
        settings_saved.send(sender=Setting, names=changed)
    saved.apply_now()
    return changed


def use_default(user: User, name: str) -> None:
    """Forget what was saved, so that the one of `.env` is in effect."""
    with transaction.atomic():
        before = current_texts()[name]
        if before != configured_text(name):
            refuse_locked([name])
        if Setting.objects.filter(name=name).delete()[0]:
            record(user, name, before, f"{configured_text(name)} (default)")
            settings_saved.send(sender=Setting, names=[name])
    saved.apply_now()


def refuse_locked(names: list[str]) -> None:
    if any(EDITABLE[name].ends_with_sales for name in names):
        ImportLock.acquire()  # an import that began before is finished, and seen
    for name in names:
        if reason := locked_reason(EDITABLE[name]):
            raise Locked(f"{EDITABLE[name].label}: {reason}")


def record(user: User, name: str, before: str, after: str) -> None:
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Setting),
        object_id=name,
        object_repr=EDITABLE[name].label,
        action_flag=CHANGE,
        change_message=f"{before or 'empty'} → {after or 'empty'}",
    )


def history() -> QuerySet[LogEntry]:
    """All changes, newest first."""
    found = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Setting))
    return found.select_related("user").order_by("-action_time", "-pk")
