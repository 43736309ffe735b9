"""What a user keeps about reports: stars, and which they opened last."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.fields import KeyField


class OfReport(models.Model):
    """Paths stand for reports, which are declared in code and have no rows to refer to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    path = KeyField(max_length=100)

    class Meta:
        abstract = True
        app_label = "analytics"

    def __str__(self) -> str:
        return self.path


class Star(OfReport):
    class Meta(OfReport.Meta):
        constraints = (models.UniqueConstraint(fields=["user", "path"], name="one_star_a_report"),)


class Opened(OfReport):
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta(OfReport.Meta):
        constraints = (
            models.UniqueConstraint(fields=["user", "path"], name="opened_once_a_report"),
        )
