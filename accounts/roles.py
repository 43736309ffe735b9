"""Who may do what: the one table that the API, the admin and the pages read.

A resource that is not in the table, or an action that is not in a role's cell, is refused.
"""

from django.db.models import TextChoices


class Role(TextChoices):
    ADMIN = "admin"
    ANALYST = "analyst"
    MANAGER = "manager", "country manager"
    OPERATOR = "operator"


LOOK = frozenset({"list", "retrieve"})
EDIT = LOOK | {"create", "update", "partial_update", "destroy"}
TRADE = frozenset({"pay", "ship", "deliver", "cancel", "return_items"})
IMPORT = LOOK | {"create", "destroy", "read_again", "commit", "cancel", "undo", "rejected"}
VOUCH = LOOK | {"create", "advise"}
EXPORT = LOOK | {"create", "destroy", "file"}
SEND = EDIT | {"test"}
BUY = LOOK | {"create", "bulk"}
ONE_BY_ONE = frozenset({"retrieve", "create", "update", "partial_update"})
OWN_ACCOUNT = frozenset({"retrieve", "partial_update", "change_password"})
NOTHING: frozenset[str] = frozenset()

_A, _N, _M, _O = Role.ADMIN, Role.ANALYST, Role.MANAGER, Role.OPERATOR

# An operator keeps the books but gets no personal data in bulk: customers only one by one.
GRANTS: dict[str, dict[str, frozenset[str]]] = {
    "products": {_A: EDIT, _N: LOOK, _M: LOOK, _O: EDIT},
    "categories": {_A: EDIT, _N: LOOK, _M: LOOK, _O: EDIT},
    "tags": {_A: EDIT, _N: LOOK, _M: LOOK, _O: EDIT},
    "inventory": {_A: EDIT, _N: LOOK, _M: LOOK, _O: EDIT},
    "stock-movements": {_A: LOOK, _N: LOOK, _M: NOTHING, _O: LOOK},
    "customers": {_A: EDIT, _N: LOOK, _M: EDIT, _O: ONE_BY_ONE},
    "customer-value": {_A: LOOK, _N: LOOK, _M: LOOK, _O: NOTHING},
    "orders": {_A: EDIT | TRADE, _N: LOOK, _M: EDIT | TRADE, _O: EDIT | TRADE},
    "order-items": {_A: EDIT, _N: LOOK, _M: EDIT, _O: EDIT},
    "order-tax": {_A: LOOK, _N: LOOK, _M: LOOK, _O: LOOK},
    "countries": {_A: EDIT, _N: LOOK, _M: LOOK, _O: LOOK},
    "tax-rates": {_A: EDIT, _N: LOOK, _M: LOOK, _O: LOOK},
    "exchange-rates": {_A: EDIT, _N: LOOK, _M: LOOK, _O: LOOK},
    "imports": {_A: IMPORT, _N: LOOK | {"rejected"}, _M: NOTHING, _O: IMPORT},
    "import-mappings": {_A: EDIT, _N: LOOK, _M: NOTHING, _O: EDIT},
    "demo-shop": {_A: frozenset({"create"})},  # only into empty books
    "purchases": {_A: BUY, _N: LOOK, _M: LOOK, _O: BUY - {"list"}},
    # What to offer to a customer, and which voucher
    "recommendations": {_A: LOOK, _N: LOOK, _M: LOOK, _O: frozenset({"retrieve"})},
    "vouchers": {_A: VOUCH, _N: LOOK | {"advise"}, _M: VOUCH, _O: VOUCH - {"list"}},
    "reports": {_A: LOOK, _N: LOOK, _M: LOOK, _O: LOOK},
    # Reports that tell of single customers
    "customer-reports": {_A: LOOK, _N: LOOK, _M: LOOK, _O: NOTHING},
    "exports": dict.fromkeys(Role, EXPORT),
    "export-sales": dict.fromkeys(Role, LOOK),
    "schedules": dict.fromkeys(Role, SEND),
    "alerts": dict.fromkeys(Role, SEND),
    "ledger": {_A: LOOK, _N: LOOK, _M: NOTHING, _O: NOTHING},
    "index": dict.fromkeys(Role, LOOK),
    "users": {_A: EDIT, _N: NOTHING, _M: NOTHING, _O: NOTHING},
    # Also for those whom no admin has given a role yet
    "me": dict.fromkeys(("", *Role), OWN_ACCOUNT),
}


def allowed(role: str, resource: str, action: str) -> bool:
    return action in GRANTS.get(resource, {}).get(role, NOTHING)


# The names that the Django admin has for the same resources and actions

RESOURCE_OF_MODEL = {
    "catalog.product": "products",
    "catalog.category": "categories",
    "catalog.tag": "tags",
    "catalog.inventory": "inventory",
    "catalog.stockmovement": "stock-movements",
    "customers.customer": "customers",
    "orders.order": "orders",
    "orders.orderitem": "order-items",
    "customers.country": "countries",
    "orders.taxrate": "tax-rates",
    "orders.exchangerate": "exchange-rates",
    "imports.import": "imports",
    "imports.reject": "imports",
    "imports.mapping": "import-mappings",
    "ledger.snapshot": "ledger",
    "recommendations.voucher": "vouchers",
    "analytics.fit": "ledger",
    "exports.export": "exports",
    "exports.schedule": "schedules",
    "exports.sending": "schedules",
    "exports.email": "schedules",
    "exports.alert": "alerts",
    "accounts.user": "users",
    "axes.accessattempt": "users",  # failed sign-ins: deleting them lets somebody in again
}
ADMIN_ACTIONS = {
    "view": "list",
    "add": "create",
    "change": "update",
    "delete": "destroy",
}
