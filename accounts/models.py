import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import EmailValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.roles import ADMIN_ACTIONS, RESOURCE_OF_MODEL, Role, allowed
from core.fields import KeyField
from customers.models import Country

# No @: a username must not look like another user's e-mail address.
plain_username = RegexValidator(r"^[A-Za-z0-9._+-]+\Z", "Letters, digits and . _ + - only.")


class UserQuerySet(models.QuerySet):
    def by_login_name(self, name: str):
        """The account with this e-mail address or username in any case, or None."""
        normalized = User.normalize(name)
        return self.filter(Q(email=normalized) | Q(username=normalized)).first()

    def unconfirmed(self):
        """Registered by the user, not confirmed yet, and without a role from an administrator."""
        return self.filter(email_verified=False, is_active=True, role="")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    use_in_migrations = True

    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.model.normalize(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, role=Role.ADMIN, email_verified=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email=self.model.normalize(email))


class User(AbstractBaseUser):
    """A user signs in by e-mail address or username. Without a role they may do nothing."""

    # Not EmailField: MariaDB would take a@cafe.fr for a@café.fr. 254 is the limit of RFC 5321.
    email = KeyField("e-mail", max_length=254, unique=True, validators=[EmailValidator()])
    username = KeyField(
        max_length=150,
        unique=True,
        null=True,
        blank=True,
        validators=[plain_username],
    )
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Role, blank=True, default="")
    countries = models.ManyToManyField(
        Country, blank=True, help_text="What a country manager sees; others see every country."
    )
    is_active = models.BooleanField(default=True)
    email_verified = models.BooleanField(default=False, help_text="Without it nobody signs in.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ()

    class Meta:
        ordering = ("email",)

    def __str__(self):
        return self.email

    @staticmethod
    def normalize(name: str | None) -> str:
        """Stored in lower case and without outer blanks: two spellings never make two accounts."""
        return (name or "").strip().lower()

    def clean(self):
        self.email = self.normalize(self.email)
        self.username = self.normalize(self.username) or None

    @property
    def initials(self) -> str:
        """Of the first and the last word of the name; of an e-mail address, its first letter."""
        words = (self.name or self.email).split()
        return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()

    @property
    def may_sign_in(self) -> bool:
        return self.is_active and self.email_verified

    @property
    def sees_every_country(self) -> bool:
        return self.role in (Role.ADMIN, Role.ANALYST, Role.OPERATOR)

    def may(self, resource: str, action: str) -> bool:
        return self.is_active and allowed(self.role, resource, action)

    # The Django admin's permissions come from the same table of roles.

    @property
    def is_staff(self):
        return bool(self.role)

    @property
    def is_superuser(self):
        return self.role == Role.ADMIN

    def has_perm(self, perm, obj=None):
        """Whether the role allows `app.action_model`."""
        # With the app: django_q also has a Schedule, whose rows name the code that runs.
        app, _, codename = perm.partition(".")
        action, _, model = codename.partition("_")
        return self.may(RESOURCE_OF_MODEL.get(f"{app}.{model}", ""), ADMIN_ACTIONS.get(action, ""))

    def has_perms(self, perms, obj=None):
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label):
        return self.is_active and self.is_staff


class EmailToken(models.Model):
    """A secret sent to an address, usable once and for one purpose. Only its hash is stored.

    It belongs to an address, not to a user: the work is the same whether or not there is an
    account, and a link expires when the account's address changes. One row for each address and
    purpose: a new secret replaces the older one.
    """

    class Purpose(models.TextChoices):
        VERIFY = "verify"
        RESET = "reset"

    email = KeyField(max_length=254)
    purpose = models.CharField(max_length=6, choices=Purpose)
    digest = KeyField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["email", "purpose"], name="email_token_newest_only"),
        )

    def __str__(self):
        return f"{self.get_purpose_display()} {self.email}"

    @staticmethod
    def digest_of(secret: str) -> str:
        # Without salt and quick to compute: nobody can try out 256 random bits.
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, email: str, purpose: str) -> str:
        secret = secrets.token_urlsafe(32)  # bytes
        values = {
            "digest": cls.digest_of(secret),
            "expires_at": timezone.now() + settings.EMAILED_LINKS_LAST[purpose],
            "used_at": None,
        }
        cls.objects.update_or_create(email=email, purpose=purpose, defaults=values)
        return secret

    @classmethod
    def usable(cls, secret: str, purpose: str) -> models.QuerySet:
        return cls.objects.filter(
            digest=cls.digest_of(secret),
            purpose=purpose,
            used_at=None,
            expires_at__gt=timezone.now(),
        )

    @classmethod
    def user_for(cls, secret: str, purpose: str) -> User | None:
        """The user whose account the link opens; the link stays usable."""
        emails = cls.usable(secret, purpose).values_list("email", flat=True)
        return User.objects.filter(email__in=list(emails), is_active=True).first()
