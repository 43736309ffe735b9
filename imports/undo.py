"""Undo an import, unless something that came later depends on it."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from catalog.models import Category, Product, StockMovement
from core.parts import monthly_parts
from core.tracking import announce, undone
from customers.models import Country, Customer
from imports.models import Created, Document, Import, ImportLock, VoucherSent
from orders.models import Order, OrderItem, StatusChange

# A kind comes before those that it refers to
MADE = {"customer": Customer, "product": Product, "category": Category, "country": Country}
BATCH = 900  # SQLite takes no more than 999 parameters everywhere


class NotUndone(Exception):
    """Something depends on the import; `reasons` says what."""

    def __init__(self, reasons: list[str]):
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def undo(run: Import) -> Import:
    """Remove its orders, and the customers, products … it created that nothing else refers to."""
    with transaction.atomic():
        # First: an import that is being written may refer to the rows that are about to be removed.
        ImportLock.acquire()
        done = Import.objects.filter(pk=run.pk, state=Import.State.DONE)
        # A conditional update, so that of two at once one goes on; NotUndone rolls it back.
        if not done.update(state=Import.State.UNDONE):
            state = Import.objects.values_list("state", flat=True).get(pk=run.pk)
            raise NotUndone([f"Only an import that is done can be undone; this one is {state}."])
        if reasons := list(undo_obstacles(run)):
            raise NotUndone(reasons)
        # Orders that it changed stay changed: their earlier values are not stored.
        changed = Document.objects.filter(changed_by=run).count()
        removed: dict[str, Any] = {"orders": _remove_orders(run), "orders_left_changed": changed}
        removed["vouchers"] = VoucherSent.objects.filter(run=run).delete()[0]
        removed |= {kind: _remove_unused(run, kind) for kind in MADE}
        Import.objects.filter(pk=run.pk).update(counts=run.counts | {"undone": removed})
        undone.send(sender=Import, since=run.finished_at)
    return Import.objects.get(pk=run.pk)


def undo_counts(run: Import) -> dict[str, int]:
    """How many rows undo would remove at most; rows in use elsewhere stay."""
    made = Created.objects.filter(run=run)
    return {
        "orders": run.documents.count(),
        "vouchers": run.vouchers.count(),
        **{kind: made.filter(kind=kind).count() for kind in MADE},
        "orders_left_changed": Document.objects.filter(changed_by=run).count(),
    }


def undo_obstacles(run: Import) -> Iterator[str]:
    """Sentences about the later rows that depend on the import."""
    orders = Order.objects.filter(imported__run=run)
    changed = ~Q(status=F("imported__status")) | ~Q(total=F("imported__total"))
    later = Q(imported__changed_by__isnull=False)
    # What an undone import changed stays changed, but nobody can undo it once more.
    later &= ~Q(imported__changed_by__state=Import.State.UNDONE)
    source = Concat(Value("order:"), Cast("pk", CharField()))
    moved = StockMovement.objects.filter(source=OuterRef("stock_source"))
    for dependents, label in (
        (Order.objects.filter(returns__in=orders), "Returns created for its orders"),
        (orders.filter(changed), "Orders changed since the import"),
        (orders.annotate(stock_source=source).filter(Exists(moved)), "Orders with stock movements"),
        (orders.filter(later), "Orders changed by a later import that must be undone first"),
        *_other_references(orders),
    ):
        if number := dependents.count():
            yield f"{label}: {number:,}."


def _other_references(orders: QuerySet) -> Iterator[tuple[QuerySet, str]]:
    """Rows of any other model that refers to orders, including models that are added later."""
    covered = (OrderItem, StatusChange, Document, Order)
    for referred, rows in (Order, orders), (OrderItem, OrderItem.objects.filter(order__in=orders)):
        for model, name in references(referred):
            if model not in covered:
                # The base manager: one that hides rows would make undo overlook them.
                referring = model._base_manager.filter(**{f"{name}__in": rows})
                yield referring, f"Other {model._meta.verbose_name_plural} of its orders"


def _remove_orders(run: Import) -> int:
    orders = Order.objects.filter(imported__run=run)
    # Before the documents go, by which the orders are found.
    pks = list(orders.values_list("pk", flat=True))
    months = {f"{day:%Y-%m}" for day in orders.values_list("placed_on", flat=True).distinct()}
    # What refers to an order goes first: MySQL checks foreign keys at each statement.
    with connection.cursor() as cursor:
        for table in ("orders_orderitem", "orders_statuschange"):
            cursor.execute(
                f"delete from {table} where order_id in "
                "(select order_id from imports_document where run_id = %s)",
                [run.pk],
            )
        cursor.execute("delete from imports_document where run_id = %s", [run.pk])
    _delete_by_id(Order, pks)
    announce(Order, monthly_parts(Order.ledger_parts, months))
    return len(pks)


def _remove_unused(run: Import, kind: str) -> dict[str, int]:
    """Remove created rows that are not in use. The others stay recorded: undoing the last import
    that uses them removes them."""
    model = MADE[kind]
    created = Created.objects.filter(Q(run=run) | Q(run__state=Import.State.UNDONE), kind=kind)
    made = list(created.values_list("row_id", flat=True))
    unused = [pk for batch in id_batches(made) for pk in unreferenced(model, batch)]
    _delete_by_id(model, unused)
    for batch in id_batches(unused):
        created.filter(row_id__in=batch).delete()
    if unused:
        announce(model, model.ledger_parts)
    return {"removed": len(unused), "kept": len(made) - len(unused)}


def unreferenced(model: type[Model], pks: list[int]) -> QuerySet:
    """The ids of those rows that nothing in the books refers to."""
    rows = model._base_manager.filter(pk__in=pks)
    for other, name in references(model):
        rows = rows.exclude(Exists(other._base_manager.filter(**{name: OuterRef("pk")})))
    return rows.values_list("pk", flat=True)


def references(to: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """(model, field) of every reference to the model, also in many-to-many tables."""
    for field in to._meta.get_fields(include_hidden=True):
        if field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one):
            yield field.related_model, field.field.name


def _delete_by_id(model: type[Model], pks: list[int]) -> None:
    """In SQL: the ORM would fetch every row first, and look for rows that depend on it."""
    with connection.cursor() as cursor:
        for batch in id_batches(pks):
            placeholders = ", ".join(["%s"] * len(batch))
            sql = f"delete from {model._meta.db_table} where id in ({placeholders})"
            cursor.execute(sql, batch)


def id_batches(pks: list[int]) -> Iterator[list[int]]:
    return (pks[start : start + BATCH] for start in range(0, len(pks), BATCH))
