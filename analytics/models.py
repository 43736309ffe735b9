"""Django looks for an app's models here."""

from analytics.kept.models import Opened, Star
from analytics.predictions.models import Fit, FitRequest

__all__ = ["Fit", "FitRequest", "Opened", "Star"]
