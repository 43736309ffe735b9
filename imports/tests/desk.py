"""What somebody at the desk does with files, over HTTP; the worker's part is called directly."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile

from imports import jobs
from orders.models import OrderItem

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
# Four lines on two sales and a return, and one that corrects stock
SALES = f"""{HEADER}
536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536366,22633,WARMER,4,2010-12-02 10:00:00,1.85,,France
C536379,85123A,HOLDER,-1,2010-12-03 09:41:00,2.55,17850.0,United Kingdom
536589,21777,,-10,2010-12-01 16:50:00,0,,United Kingdom
"""
STORED = [
    ("536365", "sale", "71053", 6, "3.39"),
    ("536365", "sale", "85123A", 6, "2.55"),
    ("536366", "sale", "22633", 4, "1.85"),
    ("C536379", "return", "85123A", 1, "2.55"),
]


def field_errors(response, status=400) -> dict[str, str]:
    """The reasons of a refusal by field."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    return {error["field"]: error["reason"] for error in response.json()["errors"]}


class Desk:
    def __init__(self, client):
        self.client = client

    def post(self, text, name="sales.csv", **form):
        content = text if isinstance(text, bytes) else text.encode()
        file = SimpleUploadedFile(name, content, "text/csv")
        return self.client.post("/api/imports/", {"file": file, **form}, format="multipart")

    def upload(self, text, name="sales.csv", **form) -> int:
        answer = self.post(text, name, **form)
        assert answer.status_code == 201, answer.json()
        return answer.json()["id"]

    def preview(self, text, **form) -> int:
        pk = self.upload(text, **form)
        jobs.read_import(pk)
        return pk

    def bring_in(self, text, **form) -> int:
        pk = self.preview(text, **form)
        self.step(pk, "commit")
        jobs.write_import(pk)
        assert self.shown(pk)["state"] == "done", self.shown(pk)["error"]
        return pk

    def step(self, pk, name, status=200):
        answer = self.client.post(f"/api/imports/{pk}/{name}/")
        assert answer.status_code == status, answer.json()
        return answer.json()

    def shown(self, pk) -> dict:
        return self.client.get(f"/api/imports/{pk}/").json()

    def counts(self, pk) -> tuple[int, ...]:
        """(read, stored, updated, unchanged, rejected)"""
        counts = self.shown(pk)["counts"]
        return tuple(counts[n] for n in ("read", "stored", "updated", "unchanged", "rejected"))

    def rejected(self, pk) -> list[dict]:
        return list(csv.DictReader(io.StringIO(self.rejected_file(pk))))

    def rejected_file(self, pk) -> str:
        answer = self.client.get(f"/api/imports/{pk}/rejected.csv", headers={"accept": "text/csv"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
        return b"".join(answer.streaming_content).decode()


def lines() -> list[tuple]:
    """(order, kind, sku, quantity, price) of everything in the books."""
    rows = OrderItem.objects.order_by("order__number", "product__sku")
    return [
        (number, kind, sku, quantity, f"{price:.2f}")
        for number, kind, sku, quantity, price in rows.values_list(
            "order__number", "order__kind", "product__sku", "quantity", "unit_price"
        )
    ]
