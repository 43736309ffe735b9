"""Explore: any measures by any dimensions."""

from analytics.semantics.explore_form import FIRST_QUESTION, ExploreForm
from analytics.semantics.question_report import grouped_report

grouped_report(
    "explore",
    "Any measures by any dimensions: which do you want to see?",
    title="Explore",
    measures=FIRST_QUESTION["measures"],
    rows=FIRST_QUESTION["rows"],
    columns=FIRST_QUESTION["columns"],
    form=ExploreForm,
)
