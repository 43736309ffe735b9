"""Take an import back out of the books, if nothing that came later stands on it."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from catalog.models import Category, Product, StockMovement
from core.parts import monthly_parts
from core.tracking import announce, undone
from customers.models import Country, Customer
from imports.models import Created, Document, Import, ImportLock, VoucherSent
from orders.models import Order, OrderItem

# What may hang on the next stands before it
MADE = {"customer": Customer, "product": Product, "category": Category, "country": Country}
BATCH = 900  # SQLite takes no more than 999 parameters everywhere


class NotUndone(Exception):
    """Something stands on what the import brought; `reasons` says what."""

    def __init__(self, reasons: list[str]):
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def undo(run: Import) -> Import:
    """Remove its orders, and those of its customers, products … that nothing else needs."""
    with transaction.atomic():
        ImportLock.acquire()
        done = Import.objects.filter(pk=run.pk, state=Import.State.DONE)
        if not done.update(state=Import.State.UNDONE):
            state = Import.objects.values_list("state", flat=True).get(pk=run.pk)
            raise NotUndone([f"Only an import that is done can be undone; this one is {state}."])
        if reasons := list(undo_obstacles(run)):
            raise NotUndone(reasons)
        # What was there before it changed them is not known any more.
        left = Document.objects.filter(changed_by=run).count()
        removed = {"orders": _remove_orders(run), "orders_left_changed": left}
        removed["vouchers"] = VoucherSent.objects.filter(run=run).delete()[0]
        removed |= {kind: _remove_unused(run, kind) for kind in MADE}
        Import.objects.filter(pk=run.pk).update(counts=run.counts | {"undone": removed})
        undone.send(sender=Import, since=run.finished_at)
    return Import.objects.get(pk=run.pk)


def undo_counts(run: Import) -> dict[str, int]:
    """What undoing would take out of the books, at the most: what is in use elsewhere stays."""
    made = Created.objects.filter(run=run)
    return {
        "orders": run.documents.count(),
        "vouchers": run.vouchers.count(),
        **{kind: made.filter(kind=kind).count() for kind in MADE},
        "orders_left_changed": Document.objects.filter(changed_by=run).count(),
    }


def undo_obstacles(run: Import) -> Iterator[str]:
    """In words, what came later and would lose its ground."""
    orders = Order.objects.filter(imported__run=run)
    changed = ~Q(status=F("imported__status")) | ~Q(total=F("imported__total"))
    later = Q(imported__changed_by__isnull=False)
    later &= ~Q(imported__changed_by__state=Import.State.UNDONE)
    source = Concat(Value("order:"), Cast("pk", CharField()))
    moved = StockMovement.objects.filter(source=OuterRef("stock_source"))
    for found, words in (
        (Order.objects.filter(returns__in=orders), "Returns created for its orders"),
        (orders.filter(changed), "Orders changed since the import"),
        (orders.annotate(stock_source=source).filter(Exists(moved)), "Orders with stock movements"),
        (orders.filter(later), "Orders changed by a later import that must be undone first"),
        *_others(orders),
    ):
        if number := found.count():
            yield f"{words}: {number:,}."


def _others(orders) -> Iterator[tuple[QuerySet, str]]:
    """Whatever else of the program refers to orders, today or some day."""
    known = (OrderItem, Document, Order)
    for referred, rows in (Order, orders), (OrderItem, OrderItem.objects.filter(order__in=orders)):
        for model, name in references(referred):
            if model not in known:
                found = model._base_manager.filter(**{f"{name}__in": rows})
                yield found, f"Other {model._meta.verbose_name_plural} of its orders"


def _remove_orders(run) -> int:
    orders = Order.objects.filter(imported__run=run)
    pks = list(orders.values_list("pk", flat=True))
    months = {f"{day:%Y-%m}" for day in orders.values_list("placed_on", flat=True).distinct()}
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from orders_orderitem where order_id in "
            "(select order_id from imports_document where run_id = %s)",
            [run.pk],
        )
        cursor.execute("delete from imports_document where run_id = %s", [run.pk])
    _delete(Order, pks)
    announce(Order, monthly_parts(Order.ledger_parts, months))
    return len(pks)


def _remove_unused(run, kind: str) -> dict[str, int]:
    """What is in use stays, on record: the undoing of its last user removes it."""
    model = MADE[kind]
    notes = Created.objects.filter(Q(run=run) | Q(run__state=Import.State.UNDONE), kind=kind)
    made = list(notes.values_list("row_id", flat=True))
    unused = [pk for batch in batches(made) for pk in unreferenced(model, batch)]
    _delete(model, unused)
    for batch in batches(unused):
        notes.filter(row_id__in=batch).delete()
    if unused:
        announce(model, model.ledger_parts)
    return {"removed": len(unused), "kept": len(made) - len(unused)}


def unreferenced(model: type[Model], pks: list[int]) -> QuerySet:
    """Those of the rows that nothing in the books refers to."""
    rows = model._base_manager.filter(pk__in=pks)
    for other, name in references(model):
        rows = rows.exclude(Exists(other._base_manager.filter(**{name: OuterRef("pk")})))
    return rows.values_list("pk", flat=True)


def references(to: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """Every model that refers to this one, tables between many and many too, and by which field."""
    for field in to._meta.get_fields(include_hidden=True):
        if field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one):
            yield field.related_model, field.field.name


def _delete(model: type[Model], pks: list[int]) -> None:
    """Past the ORM, which would fetch every row first and look for what hangs on it."""
    with connection.cursor() as cursor:
        for batch in batches(pks):
            marks = ", ".join(["%s"] * len(batch))
            cursor.execute(f"delete from {model._meta.db_table} where id in ({marks})", batch)


def batches(pks: list[int]) -> Iterator[list[int]]:
    return (pks[start : start + BATCH] for start in range(0, len(pks), BATCH))
