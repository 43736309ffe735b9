from django.apps import AppConfig

from core.menu import MenuEntry
from core.schedules import every


class ImportsConfig(AppConfig):
    name = "imports"
    menu = (MenuEntry(60, "/imports/", "Imports", "imports"),)

    def ready(self):
        # What a killed worker left lying is taken up again within a minute.
        every(1, "imports.jobs.resume", app=self)
