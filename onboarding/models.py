from django.db import models
from django.utils import timezone


class FinishedStep(models.Model):
    """A step of the first run that somebody skipped, or marked as done where nothing shows it."""

    name = models.CharField(max_length=20, unique=True)
    finished_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name
