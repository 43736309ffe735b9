"""A file as large and as uneven as the UCI "Online Retail" file, made of nothing but a seed.

The shape is what costs time: how many lines an invoice has, how often a product is in one, how many
invoices a customer, a country and a month have, how many lines know no customer, what comes back.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

SEED = 20101201
LINES, INVOICES, CUSTOMERS, PRODUCTS = 541_909, 25_900, 4_372, 3_957
RETURNS, NAMELESS = 0.148, 0.143  # of the invoices; the nameless ones have a quarter of the lines
# Invoices of each month, December 2010 to December 2011, which ends on its ninth day.
MONTHS = (2025, 1476, 1393, 1983, 1744, 2162, 2012, 1927, 1737, 2327, 2637, 3462, 1015)
HOURS = {8: 62, 9: 182, 10: 296, 11: 317, 12: 396, 13: 337, 14: 314, 15: 307, 16: 195, 17: 120,
         18: 33, 19: 22}  # fmt: skip
QUANTITIES = {1: 30, 2: 17, 3: 8, 4: 8, 6: 9, 8: 3, 10: 5, 12: 13, 24: 5, 48: 1.5, 100: 0.5}
HOME, ABROAD = "United Kingdom", (
    "Germany", "France", "EIRE", "Belgium", "Spain", "Netherlands", "Switzerland", "Portugal",
    "Australia", "Italy", "Finland", "Sweden", "Norway", "Channel Islands", "Japan", "Poland",
    "Denmark", "Cyprus", "Austria", "Singapore", "Malta", "Israel", "Iceland", "USA", "Greece",
    "Canada", "Hong Kong", "Bahrain", "Brazil", "Lebanon", "Lithuania", "Malaysia",
    "Czech Republic", "Saudi Arabia", "RSA", "United Arab Emirates", "Unspecified",
)  # fmt: skip
WORDS = ("RED", "WHITE", "RETRO", "SMALL", "GLASS", "PAPER", "HEART", "METAL", "WOODEN", "VINTAGE",
         "SET OF 3", "BOX", "BAG", "MUG", "LANTERN", "CANDLE", "TIN", "FRAME", "CLOCK",
         "GARLAND")  # fmt: skip


def retail(path: Path, scale: int = 1) -> Path:
    """Write the file: so many times the invoices and customers; goods and days stay the same."""
    made = lines(np.random.default_rng(SEED), scale)
    with duckdb.connect() as con:
        con.register("made", made)
        con.execute(f"copy made to '{path}' (header, timestampformat '%Y-%m-%d %H:%M:%S')")
    return path


def lines(chance: np.random.Generator, scale: int) -> pa.Table:
    bill = invoices(chance, INVOICES * scale)
    of = np.repeat(np.arange(INVOICES * scale), sizes(chance, bill, LINES * scale))
    goods = products(chance)
    sold = chance.choice(PRODUCTS, len(of), p=uneven(PRODUCTS, 1, 60))
    pieces = chance.choice(list(QUANTITIES), len(of), p=shares(list(QUANTITIES.values())))
    back, nameless = bill["back"][of], bill["nameless"][of]
    columns = {
        "InvoiceNo": each(bill["number"], of),
        "StockCode": each(goods["sku"], sold),
        "Description": each(goods["name"], sold),
        "Quantity": np.where(back, -pieces, pieces),
        "InvoiceDate": each(bill["placed"], of),
        "UnitPrice": each(goods["price"], sold),
        "CustomerID": each(bill["customer"], of, nameless),
        "Country": each(bill["country"], of),
    }
    return pa.table(columns)


def each(values: np.ndarray, of: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """The value of each line's invoice or product, which is kept only once."""
    return pa.DictionaryArray.from_arrays(pa.array(of, mask=missing), pa.array(values))


def invoices(chance: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """In order of time. Who orders lives in one country, and some order very often."""
    placed = np.sort(moments(chance, count))
    back = chance.random(count) < RETURNS
    people = CUSTOMERS * count // INVOICES
    buyer = chance.choice(people, count, p=uneven(people, 0.7, 10))
    first = chance.permutation(count)[:people]
    buyer[first] = np.arange(people)  # everybody at least once
    nameless = chance.random(count) < NAMELESS
    nameless[first] = False
    homes = np.array([HOME, *ABROAD])
    shown = np.concatenate([[0.907], 0.093 * uneven(len(ABROAD), 1.1, 1)])
    country = chance.choice(homes, people, p=shown)
    country[chance.permutation(people)[: len(homes)]] = homes
    prefix = np.where(back, "C", "")
    number = np.char.add(prefix, (536_365 + np.arange(count)).astype(str))
    return {"number": number, "placed": placed, "back": back, "nameless": nameless,
            "customer": np.char.add((12_346 + buyer).astype(str), ".0"),
            "country": np.where(nameless, HOME, country[buyer])}  # fmt: skip


def moments(chance: np.random.Generator, count: int) -> np.ndarray:
    starts = np.datetime64("2010-12") + np.arange(len(MONTHS))
    month = chance.choice(len(MONTHS), count, p=shares(MONTHS))
    whole = np.diff(starts.astype("M8[D]")).astype(int)
    day = (chance.random(count) * np.append(whole, 9)[month]).astype(int)
    hour = chance.choice(list(HOURS), count, p=shares(list(HOURS.values())))
    minute = hour * 60 + chance.integers(60, size=count)
    return (starts[month].astype("M8[D]") + day).astype("M8[s]") + minute.astype("m8[m]")


def sizes(chance: np.random.Generator, bill: dict, total: int) -> np.ndarray:
    """Lines of each invoice: most few, some hundreds; nearly none of what comes back."""
    wanted = chance.lognormal(2.3, 1.25, len(bill["number"]))
    wanted = np.where(bill["nameless"], wanted * 2.6, wanted)
    wanted = np.where(bill["back"], np.minimum(wanted, 2.5), wanted)
    ends = np.floor(np.cumsum(wanted) * ((total - len(wanted)) / wanted.sum()) + 1e-6)
    return 1 + np.diff(ends, prepend=0).astype(int)  # the whole is exact


def products(chance: np.random.Generator) -> dict[str, np.ndarray]:
    sku = 10_000 + chance.permutation(80_000)[:PRODUCTS]
    letter = chance.choice(["", "", "", "A", "B"], PRODUCTS)
    words = chance.choice(WORDS, (PRODUCTS, 3))
    name = [f"{' '.join(three)} {n}" for n, three in enumerate(words)]
    price = np.clip(chance.lognormal(0.75, 0.85, PRODUCTS), 0.1, 300).round(2)
    return {"sku": np.char.add(sku.astype(str), letter), "name": np.array(name), "price": price}


def uneven(count: int, steepness: float, equals: int) -> np.ndarray:
    """The first ones, about so many, often and the last ones hardly."""
    return shares(1 / (equals + np.arange(count)) ** steepness)


def shares(weights) -> np.ndarray:
    weights = np.asarray(weights, float)
    return weights / weights.sum()


def times(source: Path, copies: int, path: Path) -> Path:
    """A file so many times: other invoices, other customers, the same days and goods."""
    with duckdb.connect() as con:
        con.execute(f"""
            copy (select InvoiceNo || if(copy = 0, '', '-' || copy) as InvoiceNo, StockCode,
                    Description, Quantity, InvoiceDate, UnitPrice,
                    try_cast(CustomerID as double)::int + copy * 100000 as CustomerID, Country
                from read_csv('{source}', header = true, all_varchar = true),
                    range({copies}) t(copy)
                order by copy)
            to '{path}' (header)""")
    return path


def others(source: Path, path: Path) -> Path:
    """The same lines under other numbers of invoices."""
    with duckdb.connect() as con:
        con.execute(f"""
            copy (select * replace (InvoiceNo || '-again' as InvoiceNo)
                from read_csv('{source}', header = true, all_varchar = true))
            to '{path}' (header)""")
    return path
