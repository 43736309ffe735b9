from accounts.models import User
from accounts.roles import Role

EMAIL = "demo@example.com"


def create_demo_account() -> None:
    """An admin without a password, unless the account exists; `demo_account` sets one."""
    if not User.objects.filter(email=EMAIL).exists():
        User.objects.create_user(EMAIL, name="Demo", role=Role.ADMIN, email_verified=True)
