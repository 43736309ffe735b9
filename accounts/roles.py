"""What each role may do: the table behind the API, the admin and the pages.

A resource or an action that is not in the table is refused.
"""

from django.db.models import TextChoices


class Role(TextChoices):
    ADMIN = "admin"
    ANALYST = "analyst"
    MANAGER = "manager", "country manager"
    OPERATOR = "operator"


READ = frozenset({"list", "retrieve"})
EDIT = READ | {"create", "update", "partial_update", "destroy"}
FULFIL = frozenset({"pay", "ship", "deliver", "cancel", "return_items"})
IMPORT = READ | {"create", "destroy", "read_again", "commit", "cancel", "undo", "rejected"}
VOUCHER = READ | {"create", "advise"}
EXPORT = READ | {"create", "destroy", "file"}
SCHEDULE = EDIT | {"test"}
PURCHASE = READ | {"create", "bulk"}
ONE_AT_A_TIME = frozenset({"retrieve", "create", "update", "partial_update"})
OWN_ACCOUNT = frozenset({"retrieve", "partial_update", "change_password"})
NOTHING: frozenset[str] = frozenset()

_A, _N, _M, _O = Role.ADMIN, Role.ANALYST, Role.MANAGER, Role.OPERATOR

# An operator edits orders and stock but gets no personal data in bulk: customers one at a time.
GRANTS: dict[str, dict[str, frozenset[str]]] = {
    "products": {_A: EDIT, _N: READ, _M: READ, _O: EDIT},
    "categories": {_A: EDIT, _N: READ, _M: READ, _O: EDIT},
    "tags": {_A: EDIT, _N: READ, _M: READ, _O: EDIT},
    "inventory": {_A: EDIT, _N: READ, _M: READ, _O: EDIT},
    # Not for managers: movements show what was sold in every country.
    "stock-movements": {_A: READ, _N: READ, _M: NOTHING, _O: READ},
    "customers": {_A: EDIT, _N: READ, _M: EDIT, _O: ONE_AT_A_TIME},
    "customer-value": {_A: READ, _N: READ, _M: READ, _O: NOTHING},
    "orders": {_A: EDIT | FULFIL, _N: READ, _M: EDIT | FULFIL, _O: EDIT | FULFIL},
    "order-items": {_A: EDIT, _N: READ, _M: EDIT, _O: EDIT},
    "order-tax": {_A: READ, _N: READ, _M: READ, _O: READ},
    "countries": {_A: EDIT, _N: READ, _M: READ, _O: READ},
    "tax-rates": {_A: EDIT, _N: READ, _M: READ, _O: READ},
    "exchange-rates": {_A: EDIT, _N: READ, _M: READ, _O: READ},
    "imports": {_A: IMPORT, _N: READ | {"rejected"}, _M: NOTHING, _O: IMPORT},
    "import-mappings": {_A: EDIT, _N: READ, _M: NOTHING, _O: EDIT},
    "demo-shop": {_A: frozenset({"create"})},  # only into an empty shop
    "purchases": {_A: PURCHASE, _N: READ, _M: READ, _O: PURCHASE - {"list"}},
    # Product offers and vouchers for a customer
    "recommendations": {_A: READ, _N: READ, _M: READ, _O: frozenset({"retrieve"})},
    "vouchers": {_A: VOUCHER, _N: READ | {"advise"}, _M: VOUCHER, _O: VOUCHER - {"list"}},
    "reports": {_A: READ, _N: READ, _M: READ, _O: READ},
    # Reports about individual customers
    "customer-reports": {_A: READ, _N: READ, _M: READ, _O: NOTHING},
    "exports": dict.fromkeys(Role, EXPORT),
    "export-sales": dict.fromkeys(Role, READ),
    "schedules": dict.fromkeys(Role, SCHEDULE),
    "alerts": dict.fromkeys(Role, SCHEDULE),
    # Not for managers: snapshots and fits count rows of the whole shop.
    "ledger": {_A: READ, _N: READ, _M: NOTHING, _O: NOTHING},
    "settings": {_A: frozenset({"list", "update", "test"})},
    "index": dict.fromkeys(Role, READ),
    "users": {_A: EDIT, _N: NOTHING, _M: NOTHING, _O: NOTHING},
    # Also without a role
    "me": dict.fromkeys(("", *Role), OWN_ACCOUNT),
}


def allowed(role: str, resource: str, action: str) -> bool:
    return action in GRANTS.get(resource, {}).get(role, NOTHING)


# The Django admin's names of the same resources and actions

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
    "axes.accessattempt": "users",  # failed sign-ins: deleting them ends a lockout
}
ADMIN_ACTIONS = {
    # Not "retrieve": the admin's lists show rows in bulk.
    "view": "list",
    "add": "create",
    "change": "update",
    "delete": "destroy",
}
