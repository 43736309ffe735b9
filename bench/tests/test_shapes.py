import duckdb
import pytest

from bench.shapes import generate, multiply, with_new_invoice_numbers

pytestmark = pytest.mark.once

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("shapes") / "lines.csv")


def query(file, columns):
    return (
        duckdb.connect()
        .execute(f"select {columns} from read_csv('{file}', all_varchar = true)")
        .fetchone()
    )


def test_the_generated_file_is_as_large_as_the_file_of_uci(file):
    assert file.open().readline().strip() == HEADER
    found = query(file, "count(*), count(distinct InvoiceNo), count(distinct CustomerID), "
                      "count(distinct StockCode), count(distinct Country), "
                      "count(distinct InvoiceDate[:7])")  # fmt: skip
    assert found == (541_909, 25_900, 4_372, 3_957, 38, 13)


def test_the_generated_file_is_as_skewed_as_the_file_of_uci(file):
    anonymous, home, returns = query(
        file, "avg((CustomerID is null)::int), avg((Country = 'United Kingdom')::int), "
              "count(distinct InvoiceNo) filter (InvoiceNo like 'C%') / count(distinct InvoiceNo)",
    )  # fmt: skip
    assert 0.23 < anonymous < 0.27
    assert 0.88 < home < 0.95
    assert 0.14 < returns < 0.16
    assert query(file, "count(*) filter ((Quantity::int < 0) <> (InvoiceNo like 'C%'))") == (0,)


def test_the_generated_file_is_the_same_each_time(file, tmp_path):
    assert generate(tmp_path / "again.csv").read_bytes() == file.read_bytes()


def test_a_multiplied_file_has_other_invoices_and_customers(tmp_path):
    source = tmp_path / "one.csv"
    source.write_text(f"{HEADER}\n5,A,Mug,1,2011-01-01 10:00:00,2.5,7.0,France\n")
    rows = multiply(source, 2, tmp_path / "two.csv").read_text().splitlines()
    assert rows == [
        HEADER,
        "5,A,Mug,1,2011-01-01 10:00:00,2.5,7,France",
        "5-1,A,Mug,1,2011-01-01 10:00:00,2.5,100007,France",
    ]
    again = with_new_invoice_numbers(source, tmp_path / "again.csv").read_text().splitlines()
    assert again == [HEADER, "5-again,A,Mug,1,2011-01-01 10:00:00,2.5,7.0,France"]
