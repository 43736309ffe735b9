"""Generates a file with the size and the skew of the UCI "Online Retail" file.

What costs time is the distribution: lines per invoice, invoices per product, customer, country and
month, the share of lines without a customer, and the returns. The same seed gives the same file.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

SEED = 20101201
LINES, INVOICES, CUSTOMERS, PRODUCTS = 541_909, 25_900, 4_372, 3_957
RETURNS, ANONYMOUS = 0.148, 0.143  # of the invoices; the anonymous ones have a quarter of the lines
# Invoices per month, December 2010 to December 2011, which ends on its ninth day.
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


def generate(path: Path, scale: int = 1) -> Path:
    """`scale` multiplies invoices and customers; products and days stay the same."""
    table = invoice_lines(np.random.default_rng(SEED), scale)
    with duckdb.connect() as con:
        con.register("lines", table)
        con.execute(f"copy lines to '{path}' (header, timestampformat '%Y-%m-%d %H:%M:%S')")
    return path


def invoice_lines(random: np.random.Generator, scale: int) -> pa.Table:
    header = invoices(random, INVOICES * scale)
    invoice = np.repeat(np.arange(INVOICES * scale), line_counts(random, header, LINES * scale))
    catalog = products(random)
    sold = random.choice(PRODUCTS, len(invoice), p=zipf(PRODUCTS, 1, 60))
    pieces = random.choice(list(QUANTITIES), len(invoice), p=shares(list(QUANTITIES.values())))
    is_return, anonymous = header["is_return"][invoice], header["anonymous"][invoice]
    columns = {
        "InvoiceNo": take(header["number"], invoice),
        "StockCode": take(catalog["sku"], sold),
        "Description": take(catalog["name"], sold),
        "Quantity": np.where(is_return, -pieces, pieces),
        "InvoiceDate": take(header["time"], invoice),
        "UnitPrice": take(catalog["price"], sold),
        "CustomerID": take(header["customer"], invoice, anonymous),
        "Country": take(header["country"], invoice),
    }
    return pa.table(columns)


def take(values: np.ndarray, index: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """The value of each line's invoice or product, stored once (a dictionary array)."""
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=missing), pa.array(values))


def invoices(random: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """In order of time. A customer lives in one country, and some order very often."""
    time = np.sort(timestamps(random, count))
    is_return = random.random(count) < RETURNS
    customers = CUSTOMERS * count // INVOICES
    buyer = random.choice(customers, count, p=zipf(customers, 0.7, 10))
    first = random.permutation(count)[:customers]
    buyer[first] = np.arange(customers)  # each at least once
    anonymous = random.random(count) < ANONYMOUS
    anonymous[first] = False
    homes = np.array([HOME, *ABROAD])
    share = np.concatenate([[0.907], 0.093 * zipf(len(ABROAD), 1.1, 1)])
    country = random.choice(homes, customers, p=share)
    # Each country at least once, however small its share.
    country[random.permutation(customers)[: len(homes)]] = homes
    prefix = np.where(is_return, "C", "")
    number = np.char.add(prefix, (536_365 + np.arange(count)).astype(str))
    return {"number": number, "time": time, "is_return": is_return, "anonymous": anonymous,
            # As the published file writes them: 17850.0.
            "customer": np.char.add((12_346 + buyer).astype(str), ".0"),
            "country": np.where(anonymous, HOME, country[buyer])}  # fmt: skip


def timestamps(random: np.random.Generator, count: int) -> np.ndarray:
    starts = np.datetime64("2010-12") + np.arange(len(MONTHS))
    month = random.choice(len(MONTHS), count, p=shares(MONTHS))
    whole = np.diff(starts.astype("M8[D]")).astype(int)
    # The last month has nine days; `whole` has the lengths of those before.
    day = (random.random(count) * np.append(whole, 9)[month]).astype(int)
    hour = random.choice(list(HOURS), count, p=shares(list(HOURS.values())))
    minute = hour * 60 + random.integers(60, size=count)
    return (starts[month].astype("M8[D]") + day).astype("M8[s]") + minute.astype("m8[m]")


def line_counts(random: np.random.Generator, header: dict, total: int) -> np.ndarray:
    """Lines of each invoice: most few, some hundreds; very few of a return."""
    expected = random.lognormal(2.3, 1.25, len(header["number"]))
    expected = np.where(header["anonymous"], expected * 2.6, expected)
    expected = np.where(header["is_return"], np.minimum(expected, 2.5), expected)
    # 1e-6: the last sum may be a hair below the total, and floor() would lose a line.
    ends = np.floor(np.cumsum(expected) * ((total - len(expected)) / expected.sum()) + 1e-6)
    return 1 + np.diff(ends, prepend=0).astype(int)  # so that the total is exact


def products(random: np.random.Generator) -> dict[str, np.ndarray]:
    sku = 10_000 + random.permutation(80_000)[:PRODUCTS]
    letter = random.choice(["", "", "", "A", "B"], PRODUCTS)
    words = random.choice(WORDS, (PRODUCTS, 3))
    name = [f"{' '.join(three)} {n}" for n, three in enumerate(words)]
    price = np.clip(random.lognormal(0.75, 0.85, PRODUCTS), 0.1, 300).round(2)
    return {"sku": np.char.add(sku.astype(str), letter), "name": np.array(name), "price": price}


def zipf(count: int, exponent: float, offset: int) -> np.ndarray:
    """Shares that fall with the rank; about the first `offset` are alike (Zipf–Mandelbrot)."""
    return shares(1 / (offset + np.arange(count)) ** exponent)


def shares(weights: ArrayLike) -> np.ndarray:
    weights = np.asarray(weights, float)
    return weights / weights.sum()


def multiply(source: Path, scale: int, path: Path) -> Path:
    """Repeats a file with other invoices and customers, on the same days, of the same products."""
    with duckdb.connect() as con:
        con.execute(f"""
            copy (select InvoiceNo || if(copy = 0, '', '-' || copy) as InvoiceNo, StockCode,
                    Description, Quantity, InvoiceDate, UnitPrice,
                    try_cast(CustomerID as double)::int + copy * 100000 as CustomerID, Country
                from read_csv('{source}', header = true, all_varchar = true),
                    range({scale}) t(copy)
                order by copy)
            to '{path}' (header)""")
    return path


def with_new_invoice_numbers(source: Path, path: Path) -> Path:
    with duckdb.connect() as con:
        con.execute(f"""
            copy (select * replace (InvoiceNo || '-again' as InvoiceNo)
                from read_csv('{source}', header = true, all_varchar = true))
            to '{path}' (header)""")
    return path
