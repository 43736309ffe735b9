from django.apps import AppConfig

from config.schedules import every


class ExportsConfig(AppConfig):
    name = "exports"

    def ready(self):
        every(1, "exports.clock.tick", app=self)
        every(1, "exports.jobs.resume", app=self)
        every(5, "exports.clock.look_at_all", app=self)
