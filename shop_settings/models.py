from django.conf import settings
from django.db import models
from django.utils import timezone


class Setting(models.Model):
    """A setting that was saved on the page. It takes the place of the one in `.env`."""

    name = models.CharField(max_length=40, unique=True, help_text="As in .env.")
    text = models.TextField(blank=True, help_text="As it would be written in .env.")
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name
