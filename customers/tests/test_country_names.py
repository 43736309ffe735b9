import pytest

from customers.country_names import country_code
from customers.models import Country, Customer


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("USA", "US"), ("U.S.A.", "US"), ("United States of America", "US"), ("UK", "GB"),
        ("EIRE", "IE"), ("Éire", "IE"), ("Turkey", "TR"), ("Czech Republic", "CZ"), ("RSA", "ZA"),
        ("Korea", "KR"), ("Korea, Republic of", "KR"), ("Republic of Korea", "KR"),
        ("GBR", "GB"), ("The Netherlands", "NL"), ("ALLEMAGNE", "DE"), ("Österreich", "AT"),
        ("Osterreich", "AT"), ("Россия", "RU"), ("日本", "JP"), ("COTE D'IVOIRE", "CI"),
        ("St Kitts & Nevis", "KN"),
    ],
)  # fmt: skip
def test_a_country_is_found_by_its_name_in_every_language(name, code):
    assert country_code(name) == code


@pytest.mark.parametrize(
    "name",
    ["Kongo", "Virgin Islands", "Channel Islands", "West Indies", "Unspecified", "Atlantis", " "],
)
def test_a_name_of_several_countries_or_of_none_is_not_guessed(name):
    assert country_code(name) == ""


def test_a_country_is_found_by_any_name_in_files_and_the_api(api, signed_in):
    america, austria = Country.objects.get(code="US"), Country.objects.get(code="AT")
    for code, called in {"a": "USA", "b": "ÖSTERREICH"}.items():
        sent = {"code": code, "name": "x", "country": called}
        assert api.post("/api/customers/", sent).status_code == 201
    countries = list(Customer.objects.order_by("code").values_list("country", flat=True))
    assert countries == [america.pk, austria.pk]
    listed = api.get("/api/customers/", {"country": "Vereinigte Staaten"}).json()["results"]
    assert [row["code"] for row in listed] == ["a"]
    report = api.get("/api/geographic/revenue-by-country/", {"country": ["usa", "Autriche"]})
    assert report.json()["filters"]["country"] == ["United States", "Austria"]
    manager = signed_in("manager", austria)
    assert manager.get("/api/customers/", {"country": "USA"}).status_code == 400
    assert manager.get("/api/customers/", {"country": "Autriche"}).json()["count"] == 1


def test_the_name_in_the_database_wins_over_other_names(db):
    Country.objects.filter(code="NL").update(name="Holland and Zeeland")
    own = Country.objects.create(name="Holland")
    assert Country.objects.named("holland") == own
    assert Country.objects.named("Nederland").name == "Holland and Zeeland"
