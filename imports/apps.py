from django.apps import AppConfig
from django.apps import apps as installed
from django.db.models.signals import post_migrate


class ImportsConfig(AppConfig):
    name = "imports"

    def ready(self):
        post_migrate.connect(schedule_resuming, sender=self)


def schedule_resuming(using, apps=installed, **kwargs):
    """What a killed worker left lying is taken up again within a minute."""
    try:
        Schedule = apps.get_model("django_q", "Schedule")
    except LookupError:  # only some apps were migrated
        return
    every_minute = {"func": "imports.jobs.resume", "schedule_type": "I", "minutes": 1}
    Schedule.objects.using(using).update_or_create(name="resume imports", defaults=every_minute)
