"""The small shop that questions of Explore are asked about."""

from orders.tests.shop import Shop


def small_shop(shop: Shop) -> Shop:
    """Two countries, two categories, three months."""
    mug = shop.product("mug", "10.00", category="Kitchen")
    tea = shop.product("tea", "5.00", category="Tea")
    france = shop.country("France", "FR")
    zoe = shop.customer("zoe", france)
    shop.sell((mug, 2), (tea, 1), on="2026-01-05")
    shop.sell((tea, 3), on="2026-02-05", customer=zoe)
    shop.sell((mug, 1), on="2026-03-05", customer=zoe)
    shop.sell((mug, 1), on="2026-03-06", customer=None)
    return shop
