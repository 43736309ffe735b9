"""Apps register their reports and models as attributes of their AppConfig."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps


def import_registered(attribute: str) -> None:
    """Import all modules of the packages that apps name; importing registers what they declare."""
    for app in apps.get_app_configs():
        for name in getattr(app, attribute, ()):
            package = import_module(name)
            for module in iter_modules(package.__path__):
                import_module(f"{name}.{module.name}")
