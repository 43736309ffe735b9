"""Settings of the API: authentication, parsing, pages, rate limits and schema."""

from core import casts
from core.environment import read

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.DeclaredForRole"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.Json"],
    "DEFAULT_PAGINATION_CLASS": "core.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "core.ordering.Search",
        "core.ordering.StableOrdering",
    ],
    "DEFAULT_THROTTLE_CLASSES": [
        "core.throttles.UserThrottle",
        "core.throttles.AnonymousThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": read("API_RATE", "600/min", casts.request_rate),
        "anon": "60/min",
        "sign_in": "30/min",
        "emails": "10/hour",  # to one e-mail address
    },
    "EXCEPTION_HANDLER": "core.problems.handle",
    "URL_FORMAT_OVERRIDE": None,  # `format` chooses a report's format, not a renderer
    "NUM_PROXIES": read("PROXIES", 0, casts.whole_number(0, 9)),
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SWAGGER_USE_COMPAT_RENDERERS = False
SWAGGER_SETTINGS = {
    "DEFAULT_INFO": "core.schema.INFO",
    "DEFAULT_AUTO_SCHEMA_CLASS": "core.schema.DocumentedErrors",
    "SECURITY_DEFINITIONS": {
        "Bearer": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "description": "`Bearer <access>`, from `POST /api/token/`",
        }
    },
    "USE_SESSION_AUTH": False,
    # Swagger UI would otherwise send the schema's address to a validator on the internet.
    "VALIDATOR_URL": None,
    "PERSIST_AUTH": False,
    "SPEC_URL": "schema",
}
REDOC_SETTINGS = {"SPEC_URL": "schema"}
