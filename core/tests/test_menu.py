import pytest

ALL = ["Overview", "Reports", "Explore", "Orders", "Customers", "Products", "Imports", "Exports"]


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("admin", []),
        ("analyst", []),
        ("manager", ["Imports"]),
        ("operator", ["Customers"]),
        ("", ALL),
    ],
)
def test_the_menu_shows_the_pages_that_a_role_opens_in_their_order(
    client, django_user_model, role, hidden
):
    user = django_user_model.objects.create_user("anna@example.com", role=role)
    client.force_login(user)
    shown = [entry.label for entry in client.get("/account/").context["menu"]]
    assert shown == [label for label in ALL if label not in hidden]
