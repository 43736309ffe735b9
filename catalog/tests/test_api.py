import time_machine

from catalog.models import Category, Inventory, Product, StockMovement, Tag
from catalog.services import correct_stock, stock_differences

NOON = "2026-03-05T12:00:00Z"


def product(sku, price="10", stock=None, **fields):
    row = Product.objects.create(sku=sku, name=sku.title(), price=price, **fields)
    if stock is not None:
        correct_stock(row, stock)
    return row


def names(answer):
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


def errors(answer, status=400):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    return {error["field"]: error["reason"] for error in answer.json()["errors"]}


def test_a_product_is_created_and_shown(api):
    category, tag = Category.objects.create(name="Mugs"), Tag.objects.create(name="gift")
    sent = {"sku": "M1", "name": "Mug", "price": "12.5", "category": category.pk, "tags": [tag.pk]}
    with time_machine.travel(NOON, tick=False):
        answer = api.post("/api/products/", sent)
    row = Product.objects.get()
    shown = {
        "id": row.pk, "sku": "M1", "name": "Mug", "description": "", "price": "12.50",
        "cost": None, "category": category.pk, "tags": [tag.pk], "is_active": True, "stock": None,
        "created_at": NOON,
    }  # fmt: skip
    assert (answer.status_code, answer.json()) == (201, shown)
    assert api.get(f"/api/products/{row.pk}/").json() == shown


def test_a_product_is_changed_and_removed(api):
    row = product("mug")
    answer = api.patch(f"/api/products/{row.pk}/", {"price": "9.9975", "is_active": False})
    assert (answer.json()["price"], answer.json()["is_active"]) == ("9.9975", False)
    assert api.delete(f"/api/products/{row.pk}/").status_code == 204
    assert api.get(f"/api/products/{row.pk}/").status_code == 404


def test_a_product_in_use_is_not_removed(api):
    row = product("mug", stock=1)
    answer = api.delete(f"/api/products/{row.pk}/")
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "Still in use by stock movements.",
    )  # fmt: skip


def test_read_only_and_unknown_fields_are_refused_by_name(api):
    answer = api.post(
        "/api/products/", {"sku": "x", "name": "x", "price": "1", "stock": 5, "colour": "red"}
    )
    assert errors(answer) == {"stock": "Set by the shop.", "colour": "Not known here."}
    assert not Product.objects.exists()


def test_a_second_sku_is_refused_but_another_spelling_is_another_sku(api):
    product("sku1")
    sent = {"sku": "sku1", "name": "x", "price": "1"}
    assert list(errors(api.post("/api/products/", sent))) == ["sku"]
    assert api.post("/api/products/", sent | {"sku": "SKU1"}).status_code == 201


def test_bad_values_are_refused_by_field(api):
    for name, value in [
        ("price", "-1"), ("price", "NaN"), ("price", "1e99"), ("price", "1.00001"),
        ("sku", "a\0b"), ("sku", ""), ("category", 10**30), ("category", True), ("category", 1.5),
        ("tags", [99]), ("tags", "x"), ("is_active", "maybe"),
    ]:  # fmt: skip
        sent = {"sku": "x", "name": "x", "price": "1"} | {name: value}
        assert {f.split("[")[0] for f in errors(api.post("/api/products/", sent))} == {name}


def test_products_are_filtered(api):
    mugs = Category.objects.create(name="Mugs")
    tag = Tag.objects.create(name="gift")
    product("blue", "5", category=mugs, stock=3).tags.add(tag)
    product("green", "7", stock=0)
    product("red", "9", is_active=False)
    for query, found in {
        "": ["Blue", "Green", "Red"],
        f"category_id={mugs.pk}": ["Blue"],
        f"tag={tag.pk}": ["Blue"],
        "is_active=true": ["Blue", "Green"],
        "is_active=false": ["Red"],
        "price_min=7": ["Green", "Red"],
        "price_min=6&price_max=8": ["Green"],
        "low_stock=true": ["Green"],
        "low_stock=false": ["Blue"],
        "search=REE": ["Green"],
        "ordering=-price": ["Red", "Green", "Blue"],
        "page_size=2&page=2": ["Red"],
    }.items():
        assert names(api.get(f"/api/products/?{query}")) == found, query


def test_unknown_parameters_and_values_are_refused(api):
    reason = (
        "Not known here. Known: category_id, is_active, low_stock, ordering, page, page_size, "
        "price_max, price_min, search, tag."
    )
    assert errors(api.get("/api/products/?colour=red")) == {"colour": reason}
    for query in (
        "is_active=maybe", "is_active=True%00", "category_id=99", "category_id=x",
        "category_id=999999999999999999999999", "price_min=-1", "price_min=1e40", "price_max=nan",
        "price_max=x", "ordering=colour", "ordering=-", "page=0", "page=x", "page=%00",
        "page_size=501", "page_size=99999999999999999999", "search=%00", f"search={'a+' * 150}",
    ):  # fmt: skip
        assert list(errors(api.get(f"/api/products/?{query}"))) == [query.split("=")[0]], query
    assert api.get("/api/products/?page=2").status_code == 404
    assert list(errors(api.post("/api/products/?dry_run=1", {}))) == ["dry_run"]


def test_a_category_can_be_inside_another_but_not_inside_itself(api):
    outer = api.post("/api/categories/", {"name": "Home"}).json()
    inner = api.post("/api/categories/", {"name": "Mugs", "parent": outer["id"]}).json()
    assert inner == {"id": inner["id"], "name": "Mugs", "parent": outer["id"]}
    answer = api.patch(f"/api/categories/{outer['id']}/", {"parent": inner["id"]})
    assert errors(answer) == {"parent": "A category cannot be inside itself."}
    assert names(api.get(f"/api/categories/?parent={outer['id']}")) == ["Mugs"]
    answer = api.delete(f"/api/categories/{outer['id']}/")
    assert (answer.status_code, answer.json()["detail"]) == (409, "Still in use by categories.")


def test_tags_are_created_changed_and_deleted(api):
    tag = api.post("/api/tags/", {"name": "gift"}).json()
    assert api.put(f"/api/tags/{tag['id']}/", {"name": "Gift"}).json() == {**tag, "name": "Gift"}
    assert names(api.get("/api/tags/?search=gift")) == ["Gift"]
    assert api.delete(f"/api/tags/{tag['id']}/").status_code == 204


def test_stock_is_opened_corrected_and_closed_with_movements(api):
    mug = product("mug")
    sent = {"product": mug.pk, "quantity": 12, "reorder_level": 20, "lead_time_days": 3}
    answer = api.post("/api/inventory/", sent)
    inventory = Inventory.objects.get()
    shown = {
        "id": inventory.pk, "sku": "mug", "name": "Mug", "low": True, "last_restocked_at": None,
        **sent,
    }  # fmt: skip
    assert (answer.status_code, answer.json()) == (201, shown)
    address = f"/api/inventory/{inventory.pk}/"
    assert api.patch(address, {"quantity": 30}).json() == shown | {"quantity": 30, "low": False}
    assert api.patch(address, {"reorder_level": 5}).json()["quantity"] == 30
    assert errors(api.patch(address, {"product": mug.pk})) == {"product": "Set by the shop."}
    assert api.delete(address).status_code == 409
    assert api.patch(address, {"quantity": 0}).status_code == 200
    assert api.delete(address).status_code == 204
    moved = StockMovement.objects.order_by("id").values_list("kind", "quantity")
    assert list(moved) == [("opening", 12), ("correction", 18), ("correction", -30)]
    assert stock_differences() == []


def test_a_product_has_one_stock_level_and_it_is_a_count(api):
    mug = product("mug", stock=1)
    sent = {"product": mug.pk, "quantity": 1}
    assert list(errors(api.post("/api/inventory/", sent))) == ["product"]
    for quantity in (-1, 10**12, "x", None):
        answer = api.patch(f"/api/inventory/{mug.inventory.pk}/", {"quantity": quantity})
        assert list(errors(answer)) == ["quantity"]


def test_inventory_is_filtered_by_low_stock(api):
    product("full", stock=5)
    product("empty", stock=0)
    assert names(api.get("/api/inventory/?low_stock=true")) == ["Empty"]


def test_inactive_products_are_visible_only_to_roles_that_may_edit_them(signed_in):
    hidden = product("hidden", is_active=False)
    for role, status in {"admin": 200, "operator": 200, "analyst": 404, "manager": 404}.items():
        assert signed_in(role).get(f"/api/products/{hidden.pk}/").status_code == status


def test_the_queries_of_lists_do_not_grow_with_their_rows(api, django_assert_num_queries):
    tag = Tag.objects.create(name="gift")
    for round_of in range(2):
        for n in range(4):
            category = Category.objects.create(name=f"{round_of}.{n}")
            product(f"{round_of}.{n}", category=category, stock=n).tags.add(tag)
        for path, queries in {"products": 3, "categories": 2, "tags": 2, "inventory": 2}.items():
            with django_assert_num_queries(queries):
                assert api.get(f"/api/{path}/").status_code == 200
