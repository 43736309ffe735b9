import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from catalog.models import Inventory, Product, StockMovement
from catalog.services import stock_differences
from customers.models import Country, Customer
from orders import services
from orders.models import Order, TaxRate

MODELS = {
    "catalog": ("category", "tag", "product", "inventory", "stockmovement"),
    "customers": ("country", "customer"),
    "orders": ("order", "orderitem", "taxrate", "exchangerate"),
}
LISTS = [f"/admin/{app}/{model}/" for app, models in MODELS.items() for model in models]


@pytest.fixture
def sign_in(client):
    def as_role(role, *countries):
        user = User.objects.create_user("me@example.com", role=role)
        user.countries.set(countries)
        client.force_login(user, backend="accounts.backends.EmailOrUsername")
        return client

    return as_role


@pytest.fixture
def two_countries(shop):
    """Anna bought in Germany, Zelda in France."""
    shop.france = shop.country("France", "FR", "EUR", "20")
    shop.zelda = shop.customer("zelda", shop.france)
    shop.mug = shop.product("mug", "10.00", category="Kitchen")
    shop.german_order = shop.sell((shop.mug, 1))
    shop.french_order = shop.sell((shop.mug, 2), customer=shop.zelda)
    return shop


def act(client, path, action, *rows, **more):
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(path, chosen, follow=True)


def shown_messages(answer):
    return [str(message) for message in answer.context["messages"]]


def on_hand(product):
    return Inventory.objects.get(product=product).quantity


# Every list


@pytest.mark.parametrize("path", LISTS)
def test_every_model_has_a_list_with_search(path, two_countries, sign_in):
    assert sign_in(Role.ADMIN).get(path, {"q": "mug"}).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_the_queries_of_a_list_do_not_grow_with_its_rows(path, two_countries, sign_in):
    client = sign_in(Role.ADMIN)
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(path)
    for n in range(8):
        product = two_countries.product(f"p{n}", category=f"Category {n}")
        two_countries.sell((product, 1), customer=two_countries.customer(f"c{n}"))
    with CaptureQueriesContext(connection) as many:
        assert client.get(path).status_code == 200
    assert len(many) <= len(few)


def test_nothing_in_the_admin_needs_inline_scripts_or_styles(two_countries, sign_in):
    client = sign_in(Role.ADMIN)
    pages = ["/admin/", f"/admin/orders/order/{two_countries.german_order.pk}/change/", *LISTS]
    for page in pages:
        html = client.get(page).content.decode()
        assert "Ledgerlight" in html
        assert "<script>" not in html
        assert "<style" not in html
        assert " onclick=" not in html


# Scope


def test_a_country_manager_sees_no_other_country_anywhere(two_countries, sign_in):
    shop, client = two_countries, None
    client = sign_in(Role.MANAGER, shop.germany)
    germany = shop.germany.pk
    pages = [*LISTS, "/admin/"]
    pages += [
        f"/admin/orders/order/?country__id__exact={shop.france.pk}",
        "/admin/orders/order/?q=z",
    ]
    pages += ["/admin/customers/customer/?_facets=1", "/admin/orders/taxrate/?_facets=1"]
    pages += ["/admin/customers/customer/add/", f"/admin/customers/country/{germany}/change/"]
    for view in ("change", "history", "delete"):
        pages += [f"/admin/customers/customer/{shop.anna.pk}/{view}/"]
    pages += [
        f"/admin/orders/order/{shop.german_order.pk}/{view}/" for view in ("change", "history")
    ]
    for page in pages:
        html = client.get(page).content.decode()
        for foreign in ("France", "Zelda", "zelda", shop.french_order.number):
            assert foreign not in html, page


def test_rows_of_other_countries_cannot_be_opened_selected_or_changed(two_countries, sign_in):
    shop = two_countries
    client = sign_in(Role.MANAGER, shop.germany)
    for path in ("change", "history", "delete"):
        answer = client.get(f"/admin/customers/customer/{shop.zelda.pk}/{path}/")
        assert (answer.status_code, answer.url) == (302, "/admin/")
    answer = client.get(f"/admin/orders/order/{shop.french_order.pk}/change/")
    assert (answer.status_code, answer.url) == (302, "/admin/")
    moved = {"code": "anna", "name": "Anna", "country": shop.france.pk}
    answer = client.post(f"/admin/customers/customer/{shop.anna.pk}/change/", moved)
    assert "country" in answer.context["adminform"].form.errors
    act(client, "/admin/orders/order/", "cancel", shop.french_order)
    shop.french_order.refresh_from_db()
    assert shop.french_order.status == "pending"


def test_autocomplete_offers_only_countries_of_the_user(two_countries, sign_in):
    client = sign_in(Role.MANAGER, two_countries.germany)
    field = {
        "app_label": "customers",
        "model_name": "customer",
        "field_name": "country",
        "term": "",
    }
    answer = client.get("/admin/autocomplete/", field)
    assert [row["text"] for row in answer.json()["results"]] == ["Germany"]


def test_protected_rows_of_other_countries_are_not_named(two_countries, sign_in):
    shop = two_countries
    abroad = shop.sell((shop.mug, 1), customer=shop.anna, country=shop.france)
    client = sign_in(Role.MANAGER, shop.germany)
    html = client.get(f"/admin/customers/customer/{shop.anna.pk}/delete/").content.decode()
    assert "permission to delete" in html
    assert abroad.number not in html


def test_read_only_models_explain_themselves_to_administrators(two_countries, sign_in):
    client = sign_in(Role.ADMIN)
    for path, reason in {
        "orders/order/add/": "Orders cannot be added, edited or deleted here.",
        f"orders/order/{two_countries.german_order.pk}/delete/": "Orders cannot be added",
        "orders/orderitem/add/": "Items cannot be added, edited or deleted here.",
        "catalog/stockmovement/add/": "Stock movements cannot be added, edited or deleted here.",
    }.items():
        answer = client.get(f"/admin/{path}")
        assert answer.status_code == 403
        assert reason in answer.content.decode()
        assert "Your role" not in answer.content.decode()


def test_read_only_models_are_forbidden_to_users_who_may_not_see_them(two_countries, sign_in):
    client = sign_in(Role.MANAGER, two_countries.germany)
    assert client.get("/admin/catalog/stockmovement/add/").status_code == 403


def test_a_nul_in_the_admins_address_is_refused(two_countries, sign_in):
    client = sign_in(Role.ADMIN)
    chosen = "app_label=customers&model_name=customer&field_name=country"
    for address in (
        f"autocomplete/?{chosen}&term=%00", "customers/customer/?q=%00",
        "orders/order/?status__exact=%00", "orders/order/?country__id__exact=%00",
        "customers/customer/%00/change/",
    ):  # fmt: skip
        assert client.get(f"/admin/{address}").status_code == 400, address
    posted = {"action": "cancel", "_selected_action": ["\0"]}
    assert client.post("/admin/orders/order/", posted).status_code == 400


def test_the_email_of_a_customer_of_another_country_is_not_revealed(
    two_countries, sign_in, signed_in
):
    shop = two_countries
    sent = {"code": "x", "name": "x", "country": shop.germany.pk, "email": shop.zelda.email}
    reason = "This value cannot be used. Leave it out, choose another one or ask an administrator."
    api = signed_in("manager", shop.germany)
    for more in ({}, {"email": shop.anna.email}):
        errors = api.post("/api/customers/", sent | more).json()["errors"]
        assert errors == [{"field": "email", "reason": reason}]
    errors = api.post("/api/customers/", sent | {"email": "", "code": "zelda"}).json()["errors"]
    assert errors == [{"field": "code", "reason": reason}]
    client = sign_in(Role.MANAGER, shop.germany)
    page = client.post("/admin/customers/customer/add/", sent).content.decode()
    assert reason in page
    assert "already exists" not in page


@pytest.mark.parametrize(
    "path", ["/customers/", "/orders/", "/api/customers/", "/api/orders/", "/api/order-items/"]
)
def test_browsers_do_not_store_lists_of_customers(path, two_countries, sign_in):
    answer = sign_in(Role.ADMIN).get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


def test_an_operator_sees_no_list_of_customers(two_countries, sign_in):
    shop = two_countries
    client = sign_in(Role.OPERATOR)
    assert client.get("/admin/customers/customer/").status_code == 403
    assert client.get(f"/admin/customers/customer/{shop.anna.pk}/change/").status_code == 200
    html = client.get("/admin/orders/order/").content.decode()
    assert shop.german_order.number in html
    assert "Anna (anna)" not in html
    assert (
        shop.german_order.number not in client.get("/admin/orders/order/?q=anna@").content.decode()
    )


def test_users_without_a_role_have_no_admin(two_countries, sign_in):
    assert sign_in("").get("/admin/").status_code == 302


def test_an_analyst_can_only_read(two_countries, sign_in):
    shop = two_countries
    client = sign_in(Role.ANALYST)
    act(client, "/admin/orders/order/", "cancel", shop.german_order)
    act(client, "/admin/catalog/product/", "deactivate", shop.mug)
    act(
        client,
        "/admin/catalog/product/",
        "restock",
        shop.mug,
        arrived="1",
        **{f"pieces_{shop.mug.pk}": 5},
    )
    shop.german_order.refresh_from_db()
    shop.mug.refresh_from_db()
    assert (shop.german_order.status, shop.mug.is_active, on_hand(shop.mug)) == (
        "pending",
        True,
        97,
    )
    assert client.post(f"/admin/catalog/product/{shop.mug.pk}/change/", {}).status_code == 403


# Orders


def test_actions_change_the_status_and_report_each_refusal(two_countries, sign_in):
    shop = two_countries
    services.pay(shop.french_order)
    client = sign_in(Role.ADMIN)
    answer = act(client, "/admin/orders/order/", "mark_paid", shop.german_order, shop.french_order)
    assert shown_messages(answer) == [
        f"{shop.french_order.number}: A paid order cannot be changed to paid.",
        "1 order updated.",
    ]
    for action in ("mark_shipped", "mark_delivered"):
        act(client, "/admin/orders/order/", action, shop.german_order)
    shop.german_order.refresh_from_db()
    assert shop.german_order.status == "delivered"
    assert LogEntry.objects.filter(object_id=shop.german_order.pk).count() == 3


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.OPERATOR, [
            "Mark selected orders as paid", "Mark selected orders as shipped",
            "Mark selected orders as delivered", "Cancel selected orders",
        ]),
        (Role.ANALYST, []),
    ],
)  # fmt: skip
def test_status_actions_are_offered_only_to_roles_that_may_use_them(
    role, offered, two_countries, sign_in
):
    client = sign_in(role, *Country.objects.all())
    form = client.get("/admin/orders/order/").context["action_form"]
    labels = [label for name, label in form.fields["action"].choices if name] if form else []
    assert labels == offered
    act(client, "/admin/orders/order/", "mark_paid", two_countries.german_order)
    two_countries.german_order.refresh_from_db()
    assert two_countries.german_order.status == ("paid" if offered else "pending")


def test_canceling_restores_the_stock_once(two_countries, sign_in):
    shop, order = two_countries, two_countries.german_order
    client = sign_in(Role.ADMIN)
    answer = act(client, "/admin/orders/order/", "cancel", order)
    assert shown_messages(answer) == ["1 order updated."]
    answer = act(client, "/admin/orders/order/", "cancel", order)
    refusal = f"{order.number}: A canceled order cannot be changed to canceled."
    assert shown_messages(answer) == [refusal]
    assert on_hand(shop.mug) == 98
    assert stock_differences() == []


@pytest.mark.parametrize("path", ["add/", "{}/delete/", "{}/change/"])
def test_orders_cannot_be_added_edited_or_deleted(path, two_countries, sign_in):
    order = two_countries.german_order
    answer = sign_in(Role.ADMIN).post(
        f"/admin/orders/order/{path.format(order.pk)}", {"total": "1"}
    )
    assert answer.status_code == 403
    assert Order.objects.get(pk=order.pk).total == order.total


# Stock


def test_the_restock_action_asks_for_quantities_and_records_them(two_countries, sign_in):
    shop = two_countries
    client = sign_in(Role.OPERATOR)
    path, field = "/admin/catalog/product/", f"pieces_{shop.mug.pk}"
    assert field in act(client, path, "restock", shop.mug).content.decode()
    for wrong in ("", "0", "-3", "x", "1000001"):
        answer = act(client, path, "restock", shop.mug, arrived="1", **{field: wrong})
        assert answer.context["form"].errors
    answer = act(client, path, "restock", shop.mug, arrived="1", note="DN 7", **{field: "5"})
    assert shown_messages(answer) == ["Added 5 units to stock."]
    assert on_hand(shop.mug) == 102
    assert StockMovement.objects.get(kind="restock").note == "DN 7"
    assert stock_differences() == []


def test_a_count_becomes_a_movement_and_a_posted_quantity_is_ignored(two_countries, sign_in):
    mug = two_countries.mug
    client = sign_in(Role.OPERATOR)
    path = f"/admin/catalog/inventory/{mug.inventory.pk}/change/"
    levels = {"reorder_level": 3, "lead_time_days": 4, "quantity": 5000}
    assert client.post(path, levels).status_code == 302
    assert on_hand(mug) == 97
    assert client.post(path, {**levels, "counted": 90, "note": "count"}).status_code == 302
    stock = Inventory.objects.get(product=mug)
    assert (stock.quantity, stock.reorder_level, stock.lead_time_days) == (90, 3, 4)
    assert StockMovement.objects.get(kind="correction", note="count").quantity == -7
    assert stock_differences() == []
    assert (
        client.post(
            f"/admin/catalog/inventory/{mug.inventory.pk}/delete/", {"post": "yes"}
        ).status_code
        == 403
    )


def test_the_first_count_of_a_product_opens_its_stock(shop, sign_in):
    cup = shop.product("cup", stock=None)
    new = {"product": cup.pk, "reorder_level": 1, "lead_time_days": 7, "counted": 12}
    assert sign_in(Role.ADMIN).post("/admin/catalog/inventory/add/", new).status_code == 302
    assert StockMovement.objects.get().kind == "opening"
    assert (on_hand(cup), stock_differences()) == (12, [])


@pytest.mark.parametrize("path", ["add/", "{}/delete/", "{}/change/"])
def test_movements_are_read_only(path, two_countries, sign_in):
    move = StockMovement.objects.first()
    path = f"/admin/catalog/stockmovement/{path.format(move.pk)}"
    assert sign_in(Role.ADMIN).post(path, {"quantity": 9}).status_code == 403


def test_products_are_deactivated_and_activated(two_countries, sign_in):
    client, mug = sign_in(Role.ADMIN), two_countries.mug
    act(client, "/admin/catalog/product/", "deactivate", mug)
    assert not Product.objects.get(pk=mug.pk).is_active
    act(client, "/admin/catalog/product/", "activate", mug)
    assert Product.objects.get(pk=mug.pk).is_active


def test_inventory_can_be_filtered_by_low_stock(shop, sign_in):
    shop.product("mug", stock=50)
    shop.product("cup", stock=0)
    answer = sign_in(Role.OPERATOR).get("/admin/catalog/inventory/?stock=low")
    assert [row.product.sku for row in answer.context["cl"].result_list] == ["cup"]


def test_an_admin_edits_reference_data(two_countries, sign_in):
    client, italy = sign_in(Role.ADMIN), Country.objects.get(code="IT")
    new = {"country": italy.pk, "rate": "23", "valid_from": "2030-01-01"}
    assert client.post("/admin/orders/taxrate/add/", new).status_code == 302
    assert TaxRate.objects.filter(country=italy).first().rate == 23
    assert client.post("/admin/orders/taxrate/add/", {**new, "rate": "123"}).status_code == 200
    assert Customer.objects.count() == 2
