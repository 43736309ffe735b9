"""Data sets that others published, beside the checkout: what methods are held against."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from analytics.predictions.methods.buyers import Days

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the data sets are not here")
EPOCH = date(1970, 1, 1).toordinal()
WEEK_39 = date(1997, 9, 30).toordinal() - EPOCH  # until here the models of the papers learn


def cdnow_summary(name: str) -> np.ndarray:
    return np.genfromtxt(DATA / "cdnow" / f"{name}.csv", delimiter=",", names=True)


def cdnow() -> Days:
    """Every purchase of the 23,570 customers of CDNOW."""
    rows = np.loadtxt(DATA / "cdnow" / "CDNOW_master.txt", skiprows=1)
    dates = rows[:, 1].astype(int)
    days = [date(n // 10000, n // 100 % 100, n % 100).toordinal() - EPOCH for n in dates]
    return day_by_day(rows[:, 0].astype(int), np.array(days), rows[:, 3])


def retail() -> Days:
    """What known customers of the retail file bought."""
    found = duckdb.execute(
        """select cast(cast(CustomerID as double) as int) as customer,
            cast(InvoiceDate as date) as day, Quantity * UnitPrice as value
        from read_csv(?) where CustomerID is not null and Quantity > 0 and UnitPrice > 0""",
        [str(DATA / "online_retail.csv.gz")],
    ).fetchnumpy()
    days = found["day"].astype("datetime64[D]").astype(int)
    return day_by_day(found["customer"].astype(int), days, found["value"].astype(float))


def day_by_day(customer, day, value) -> Days:
    visits, place = np.unique(np.column_stack([customer, day]), axis=0, return_inverse=True)
    sums = np.bincount(place, value)
    return Days(visits[:, 0], visits[:, 1], np.ones(len(visits), bool), sums)
