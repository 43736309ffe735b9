from imports.models import Mapping
from imports.tests.desk import SALES, field_errors, lines


def test_a_mapping_is_saved_and_reads_a_file_of_an_unknown_format(desk):
    columns = {
        "document": "Bon",
        "placed": "Tag",
        "sku": "Art",
        "quantity": "St",
        "unit_price": "Preis",
    }
    answer = desk.client.post("/api/import-mappings/", {"name": "till", "columns": columns})
    assert answer.status_code == 201, answer.json()
    pk = desk.bring_in("Bon;Tag;Art;St;Preis\n1;31.12.2025;A;2;12,50\n", mapping="till")
    run = desk.shown(pk)
    assert (run["mapping"], run["format"]) == ("till", "generic")
    assert lines() == [("1", "sale", "A", 2, "12.50")]
    path = f"/api/import-mappings/{answer.json()['id']}/"
    assert desk.client.delete(path).json()["detail"] == "Still in use by imports."
    assert desk.client.patch(path, {"name": "till 2"}).json()["name"] == "till 2"


def test_a_mapping_and_the_format_generic_belong_together(desk):
    desk.client.post(
        "/api/import-mappings/", {"name": "till", "columns": {"placed": "a", "unit_price": "b"}}
    )
    for form in ({"format": "generic"}, {"format": "uci", "mapping": "till"}):
        assert list(field_errors(desk.post(SALES, **form))) == ["mapping"]
    assert desk.post(SALES, format="generic", mapping="till").status_code == 201


def test_a_mapping_without_the_required_fields_is_refused(desk):
    for columns in ({}, {"colour": "x"}, {"placed": "Tag"}, {"placed": "", "unit_price": "x"}):
        body = {"name": "till", "columns": columns}
        assert "columns" in str(field_errors(desk.client.post("/api/import-mappings/", body)))
    assert not Mapping.objects.exists()
