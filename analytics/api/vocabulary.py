"""The words that a question may use: measures and dimensions, each with what it means."""

from drf_yasg import openapi
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.semantics.condition_field import operators_of
from analytics.semantics.dimensions import DIMENSIONS, band_names
from analytics.semantics.explore_form import EXPLORE_MEASURES
from analytics.semantics.measures import WORDS
from core.resources import refuse_unknown_parameters
from core.schema import DocumentedErrors


class VocabularySchema(DocumentedErrors):
    def get_summary_and_description(self) -> tuple[str, str]:
        return self.view.title, self.view.__doc__

    def get_default_responses(self) -> dict[str, openapi.Response]:
        words = openapi.Schema(
            type=openapi.TYPE_ARRAY, items=openapi.Schema(type=openapi.TYPE_OBJECT)
        )
        return {"200": openapi.Response(self.view.title, words)}


class Vocabulary(APIView):
    resource = "reports"
    actions = {"get": "list"}
    http_method_names = ("get", "head")
    swagger_schema = VocabularySchema

    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, ())
        return Response(self.words())

    def words(self) -> list[dict]:
        raise NotImplementedError


class Measures(Vocabulary):
    """What `measures` of /api/explore/ may name."""

    title = "All measures"

    def words(self) -> list[dict]:
        return [
            {
                "name": name,
                "label": WORDS[name].label,
                "kind": WORDS[name].kind,
                "definition": WORDS[name].definition,
                "is_sum": WORDS[name].is_sum,
            }
            for name in EXPLORE_MEASURES
        ]


class Dimensions(Vocabulary):
    """What `rows`, `columns` and `where` of /api/explore/ may name."""

    title = "All dimensions"

    def words(self) -> list[dict]:
        return [
            {
                "name": each.name,
                "label": each.label,
                "group": each.group,
                "kind": each.kind,
                "definition": each.definition,
                "operators": operators_of(each),
                "values": [*each.places, *band_names(each.limits)],
            }
            for each in DIMENSIONS.values()
        ]
