from django.apps import AppConfig

from core.actions import Action
from core.menu import MenuEntry
from core.schedules import every


class ImportsConfig(AppConfig):
    name = "imports"
    menu = (MenuEntry(10, "/imports/", "Imports", "imports", "imports", group="data"),)
    actions = (Action("Import file", "/imports/", "imports"),)

    def ready(self) -> None:
        # Continues within a minute what a killed worker left.
        every(1, "imports.jobs.resume", app=self)
