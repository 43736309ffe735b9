"""What the demo shop sells: coffee, tea, and things for kitchen, bath, desk and garden."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from catalog.models import Category, Product, Tag

# Category: (SKU prefix, parent category). Those without a prefix have no products of their own.
CATEGORIES = {
    "Drinks": ("", None),
    "Coffee": ("COF", "Drinks"),
    "Tea": ("TEA", "Drinks"),
    "Home": ("", None),
    "Brewing": ("BRW", "Home"),
    "Kitchen": ("KIT", "Home"),
    "Cups and plates": ("CUP", "Kitchen"),
    "Bath and candles": ("BTH", "Home"),
    "Paper and desk": ("PAP", None),
    "Garden": ("GAR", None),
}

# Category | name | price | cost | popularity | tags | availability
# The tag "refill" is for products that are used up and bought again. Availability: from or until
# which share of the two years the product is sold; "short" means out of stock today.
PRODUCTS = """
Coffee | House blend, whole bean 500 g | 11.90 | 5.10 | 100 | refill organic bestseller |
Coffee | Espresso Napoli, whole bean 500 g | 12.90 | 5.60 | 74 | refill |
Coffee | Ethiopia Sidamo, whole bean 250 g | 9.50 | 4.40 | 48 | refill organic fair-trade |
Coffee | Colombia Huila, ground 250 g | 8.90 | 4.00 | 40 | refill fair-trade |
Coffee | Decaf Peru, ground 250 g | 9.20 | 4.30 | 22 | refill organic |
Coffee | Guatemala Antigua, whole bean 1 kg | 24.90 | 11.80 | 17 | refill fair-trade |
Coffee | Cold brew bags, box of 10 | 13.50 | 5.20 | 18 | refill | from 0.35
Coffee | Christmas roast, whole bean 250 g | 10.90 | 4.90 | 14 | refill gift | until 0.60
Tea | Earl Grey, loose 100 g | 7.90 | 2.60 | 58 | refill organic bestseller |
Tea | Darjeeling first flush, loose 100 g | 14.50 | 6.20 | 26 | refill organic |
Tea | Sencha, loose 100 g | 9.80 | 3.70 | 30 | refill |
Tea | Peppermint, 20 bags | 4.20 | 1.30 | 41 | refill organic |
Tea | Rooibos vanilla, 20 bags | 4.50 | 1.40 | 33 | refill |
Tea | Masala chai, loose 150 g | 8.90 | 2.90 | 27 | refill fair-trade |
Tea | Matcha, tin 30 g | 22.00 | 9.90 | 15 | refill organic gift | from 0.20
Brewing | Pour-over dripper, porcelain | 24.00 | 9.20 | 26 | bestseller |
Brewing | Paper filters no. 4, pack of 100 | 3.90 | 0.95 | 62 | refill |
Brewing | French press 1 l | 34.00 | 14.50 | 21 | |
Brewing | Moka pot, 6 cups | 29.50 | 12.30 | 20 | gift |
Brewing | Hand grinder, steel burrs | 79.00 | 38.00 | 12 | gift |
Brewing | Gooseneck kettle 0.9 l | 64.00 | 29.00 | 11 | | short
Brewing | Tea pot with strainer, glass 1.2 l | 38.00 | 15.80 | 15 | gift |
Brewing | Milk frother, battery | 14.90 | 5.40 | 18 | | until 0.70
Brewing | Kitchen scales with timer | 45.00 | 20.50 | 9 | | from 0.45
Kitchen | Chef's knife 20 cm | 89.00 | 41.00 | 8 | gift |
Kitchen | Chopping board, oak | 32.00 | 13.00 | 15 | |
Kitchen | Cast-iron pan 26 cm | 59.00 | 27.00 | 9 | |
Kitchen | Storage jar, glass 1 l | 8.50 | 2.70 | 34 | bestseller |
Kitchen | Tea towels, set of 3 | 16.90 | 5.80 | 25 | organic |
Kitchen | Apron, linen | 36.00 | 14.00 | 9 | gift |
Kitchen | Honey from the heath 500 g | 9.90 | 5.20 | 24 | refill organic |
Kitchen | Dark chocolate 70 %, 100 g | 3.80 | 1.70 | 52 | refill fair-trade |
Cups and plates | Stoneware mug, sand | 12.50 | 4.10 | 47 | bestseller |
Cups and plates | Stoneware mug, midnight blue | 12.50 | 4.10 | 43 | |
Cups and plates | Espresso cups, set of 4 | 28.00 | 10.20 | 19 | gift |
Cups and plates | Double-wall glass, set of 2 | 19.90 | 7.30 | 22 | gift |
Cups and plates | Breakfast plate 21 cm | 13.90 | 4.80 | 20 | |
Cups and plates | Cereal bowl 16 cm | 11.90 | 4.00 | 20 | |
Cups and plates | Travel mug, steel 0.4 l | 26.00 | 11.00 | 24 | gift | short
Cups and plates | Sugar bowl, enamel | 14.00 | 5.50 | 7 | | until 0.45
Bath and candles | Olive soap, bar | 4.90 | 1.50 | 44 | refill organic |
Bath and candles | Lavender soap, bar | 5.20 | 1.60 | 35 | refill organic |
Bath and candles | Hand cream 75 ml | 11.50 | 3.90 | 22 | refill |
Bath and candles | Beeswax candle, large | 14.90 | 6.10 | 24 | refill gift |
Bath and candles | Scented candle, fig | 22.00 | 7.40 | 19 | gift |
Bath and candles | Bath towel, waffle cotton | 34.00 | 13.60 | 12 | organic |
Bath and candles | Bath salt, rosemary 500 g | 12.90 | 3.80 | 15 | refill | short
Paper and desk | Notebook A5, dotted | 12.90 | 4.20 | 31 | bestseller |
Paper and desk | Fountain pen, brass | 48.00 | 21.00 | 8 | gift |
Paper and desk | Ink, blue-black 50 ml | 8.90 | 3.00 | 12 | refill |
Paper and desk | Greeting cards, set of 8 | 14.00 | 4.00 | 20 | gift |
Paper and desk | Wall calendar | 18.00 | 5.60 | 16 | gift |
Paper and desk | Wrapping paper, 3 sheets | 7.50 | 1.90 | 23 | gift |
Paper and desk | Gift card holder | 3.00 | - | 10 | gift |
Garden | Herb seeds, 6 kinds | 12.00 | 3.60 | 18 | refill organic |
Garden | Watering can, zinc 5 l | 39.00 | 17.50 | 9 | |
Garden | Secateurs, forged | 46.00 | 21.50 | 7 | gift |
Garden | Plant pot, terracotta 18 cm | 9.90 | 3.20 | 21 | |
Garden | Gardening gloves | 15.90 | 5.90 | 12 | |
Garden | Bird feeder, larch | 27.00 | - | 9 | gift | until 0.85
"""

BOUGHT_TOGETHER = (
    ("Pour-over dripper, porcelain", "Paper filters no. 4, pack of 100"),
    ("House blend, whole bean 500 g", "Paper filters no. 4, pack of 100"),
    ("Espresso Napoli, whole bean 500 g", "Dark chocolate 70 %, 100 g"),
    ("Moka pot, 6 cups", "Espresso cups, set of 4"),
    ("Earl Grey, loose 100 g", "Honey from the heath 500 g"),
    ("Tea pot with strainer, glass 1.2 l", "Darjeeling first flush, loose 100 g"),
    ("Stoneware mug, sand", "Stoneware mug, midnight blue"),
    ("Breakfast plate 21 cm", "Cereal bowl 16 cm"),
    ("Olive soap, bar", "Lavender soap, bar"),
    ("Fountain pen, brass", "Ink, blue-black 50 ml"),
    ("Greeting cards, set of 8", "Wrapping paper, 3 sheets"),
    ("Herb seeds, 6 kinds", "Plant pot, terracotta 18 cm"),
    ("Hand grinder, steel burrs", "Ethiopia Sidamo, whole bean 250 g"),
)


@dataclass(slots=True)
class DemoProduct:
    """A product and how it sells; `start` and `end` are shares of the two years."""

    product: Product
    popularity: int
    refill: bool
    start: float
    end: float
    short: bool

    def sold_at(self, share: float) -> bool:
        return self.start <= share < self.end


def create_products(first_moment: datetime, length: timedelta) -> list[DemoProduct]:
    """Write categories, tags and products of a shop that begins then and lasts so long."""
    categories = create_categories()
    rows = [[cell.strip() for cell in line.split("|")] for line in PRODUCTS.strip().splitlines()]
    demo_products = [parse_product(n, row, categories) for n, row in enumerate(rows, 1)]
    for one in demo_products:
        one.product.created_at = first_moment + length * one.start
    Product.objects.bulk_create(one.product for one in demo_products)
    stored = Product.objects.in_bulk([one.product.sku for one in demo_products], field_name="sku")
    for one in demo_products:  # MySQL does not return the keys of a bulk insert
        one.product.pk = stored[one.product.sku].pk
    add_tags({one.product: row[5].split() for one, row in zip(demo_products, rows, strict=True)})
    return demo_products


def create_categories() -> dict[str, Category]:
    categories: dict[str, Category] = {}
    for name, (_, parent) in CATEGORIES.items():
        # A shop without products, customers and orders counts as empty, but may have categories.
        categories[name], _ = Category.objects.get_or_create(
            name=name, defaults={"parent": parent and categories[parent]}
        )
    return categories


def parse_product(number: int, row: list[str], categories: dict[str, Category]) -> DemoProduct:
    category, name, price, cost, popularity, tags, availability = row
    word, _, share = availability.partition(" ")
    product = Product(
        sku=f"{CATEGORIES[category][0]}-{number:03}",
        name=name,
        description=f"{name}, from the category “{category}”.",
        price=Decimal(price),
        cost=None if cost == "-" else Decimal(cost),
        category=categories[category],
        is_active=word != "until",
    )
    start = float(share) if word == "from" else 0.0
    end = float(share) if word == "until" else 1.0
    return DemoProduct(
        product, int(popularity), "refill" in tags.split(), start, end, word == "short"
    )


def add_tags(names_by_product: dict[Product, list[str]]) -> None:
    used = {name for names in names_by_product.values() for name in names}
    tags = {name: Tag.objects.get_or_create(name=name)[0] for name in sorted(used)}
    for product, names in names_by_product.items():
        product.tags.set([tags[name] for name in names])


def bought_together(demo_products: list[DemoProduct]) -> dict[int, list[DemoProduct]]:
    """For each product id, the products that are often bought with it."""
    by_name = {one.product.name: one for one in demo_products}
    matches: dict[int, list[DemoProduct]] = {one.product.pk: [] for one in demo_products}
    for names in BOUGHT_TOGETHER:
        first, second = (by_name[name] for name in names)
        matches[first.product.pk].append(second)
        matches[second.product.pk].append(first)
    return matches
