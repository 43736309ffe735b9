from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from core.fields import KeyField, MoneyField
from core.scope import ByCountry
from customers.models import Country
from orders.models import Order


class MappingQuerySet(models.QuerySet):
    def for_user(self, user: User) -> "MappingQuerySet":
        return self if user.may("import-mappings", "list") else self.none()


class Mapping(models.Model):
    """The columns of a file of an unknown format by field, saved under a name for the next file."""

    name = KeyField(max_length=50, unique=True)
    columns = models.JSONField(help_text='{"field": "column of the file"}')
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MappingQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class ImportQuerySet(models.QuerySet):
    def for_user(self, user: User) -> "ImportQuerySet":
        """Users who may import see every import: a file belongs to no country."""
        return self if user.may("imports", "list") else self.none()

    def waiting_for_work(self) -> "ImportQuerySet":
        """Those that a worker has to process, or is processing."""
        return self.filter(state__in=Import.AT_WORK)

    def in_need_of_their_file(self) -> "ImportQuerySet":
        return self.waiting_for_work() | self.filter(state=Import.State.PREVIEWED)


class Import(models.Model):
    """One imported file: uploaded, read, previewed, written, perhaps undone."""

    class State(models.TextChoices):
        UPLOADED = "uploaded"
        READING = "reading"
        PREVIEWED = "previewed"
        WRITING = "writing"
        DONE = "done"
        FAILED = "failed"
        CANCELED = "canceled"
        UNDONE = "undone"

    AT_WORK = (State.UPLOADED, State.READING, State.WRITING)
    # What `counts` says of rows, in the order in which it is displayed.
    ROW_COUNTS = ("read", "stored", "updated", "unchanged", "rejected")

    name = models.CharField(max_length=255, help_text="The file's own name.")
    file = models.CharField(
        max_length=32, blank=True, editable=False, help_text="Its random name, while it is kept."
    )
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.BigIntegerField(editable=False, help_text="In bytes.")
    format = models.CharField(max_length=20, default="auto")
    mapping = models.ForeignKey(Mapping, models.PROTECT, null=True, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    dates = models.CharField(max_length=3, blank=True, help_text="How 03/04/2026 is read.")
    header = models.JSONField(default=list, editable=False)
    delimiter = models.CharField(max_length=1, default=",", editable=False)
    state = models.CharField(max_length=9, choices=State, default=State.UPLOADED)
    counts = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["state", "id"], name="import_state"),)

    def __str__(self):
        return f"{self.name} ({self.state})"


class RejectQuerySet(models.QuerySet):
    def for_user(self, user: User) -> "RejectQuerySet":
        return self if user.may("imports", "list") else self.none()


class Reject(models.Model):
    """A rejected row, with everything needed to correct it."""

    run = models.ForeignKey(Import, models.CASCADE, related_name="rejects")
    record = models.PositiveBigIntegerField(help_text="Which record of the file, from 1.")
    line = models.PositiveBigIntegerField(null=True, help_text="The line it begins on.")
    column = models.CharField(max_length=100)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    raw = models.TextField()
    # No foreign key: the order may be deleted, and the row may then be imported again.
    mended_into = models.BigIntegerField(
        null=True, editable=False, help_text="Id of the order that the mended row went into."
    )

    objects = RejectQuerySet.as_manager()

    class Meta:
        ordering = ("run", "record", "id")
        indexes = (models.Index(fields=["run", "record"], name="reject_run_record"),)

    def __str__(self):
        return f"{self.record}: {self.reason}"


class Document(models.Model):
    """An imported order: which import created it, and its content as the file had it."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="imported")
    run = models.ForeignKey(Import, models.CASCADE, related_name="documents")
    changed_by = models.ForeignKey(
        Import, models.SET_NULL, null=True, related_name="+", help_text="A later import."
    )
    fingerprint = models.CharField(max_length=64)
    # A difference to the order shows that the shop changed it since.
    status = models.CharField(max_length=9)
    total = MoneyField()


class Created(models.Model):
    """A customer, product, category or country that an import created, for undo."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer"
        PRODUCT = "product"
        CATEGORY = "category"
        COUNTRY = "country"

    run = models.ForeignKey(Import, models.CASCADE, related_name="created")
    kind = models.CharField(max_length=8, choices=Kind)
    row_id = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "row_id"], name="row_created_once"),)


class ImportLock(models.Model):
    """A single row that is locked during bulk writes. Without it, two imports of the same file
    would both find that its orders are new."""

    class Meta:
        # The name from before the model was renamed.
        db_table = "imports_turn"

    @classmethod
    def acquire(cls) -> None:
        """Wait for the lock; it is held until the end of the transaction."""
        # The very first import inserts the row, which locks it as well.
        cls.objects.get_or_create(pk=1)
        # SQLite has no row locks: there, transactions begin with the write lock (see settings).
        cls.objects.select_for_update().get(pk=1)


class VoucherSentQuerySet(ByCountry, models.QuerySet):
    pass


class VoucherSent(models.Model):
    """A voucher from a voucher file, with its customer's orders up to then."""

    run = models.ForeignKey(Import, models.CASCADE, related_name="vouchers")
    fingerprint = KeyField(max_length=64, unique=True)
    country = models.ForeignKey(Country, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    first_order = models.DateField(null=True)
    last_order = models.DateField(null=True)
    orders = models.PositiveIntegerField(null=True)
    amount = MoneyField(null=True)

    objects = VoucherSentQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["country", "orders"], name="voucher_country_orders"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="voucher_sent_amount_not_negative",
            ),
        )
