"""Columns are suggested for the usual headings of seven languages."""

import pytest

from imports.formats.generic import suggested_mapping
from imports.headings import HEADINGS

FIELDS = ("document", "placed", "sku", "product", "quantity", "unit_price", "customer_name")
MORE = ("email", "country", "discount", "shipping", "status")
FILES = {
    "English": (
        "Order No", "Order date", "Stock code", "Item name", "Qty", "Price", "Buyer",
        "Customer email", "Shipping country", "Discount", "Shipping cost", "Order status",
    ),
    "German": (
        "Bestell-Nr.", "Bestelldatum", "Artikel-Nr.", "Bezeichnung", "Menge", "Einzelpreis",
        "Kunde", "E-Mail-Adresse", "Lieferland", "Rabatt", "Versandkosten", "Bestellstatus",
    ),
    "French": (
        "N° de commande", "Date de commande", "Référence", "Désignation", "Quantité",
        "Prix unitaire", "Nom du client", "Adresse e-mail", "Pays", "Remise", "Frais de port",
        "Statut",
    ),
    "Spanish": (
        "Nº de pedido", "Fecha del pedido", "Referencia", "Producto", "Cantidad",
        "Precio unitario", "Cliente", "Correo electrónico", "País", "Descuento",
        "Gastos de envío", "Estado",
    ),
    "Italian": (
        "Numero ordine", "Data ordine", "Codice articolo", "Descrizione", "Quantità",
        "Prezzo unitario", "Nome cliente", "Indirizzo e-mail", "Paese", "Sconto",
        "Spese di spedizione", "Stato ordine",
    ),
    "Dutch": (
        "Bestelnummer", "Besteldatum", "Artikelcode", "Omschrijving", "Aantal", "Stuksprijs",
        "Klantnaam", "E-mailadres", "Land", "Korting", "Verzendkosten", "Bestelstatus",
    ),
    "Polish": (
        "Nr zamówienia", "Data zamówienia", "Kod produktu", "Nazwa produktu", "Ilość",
        "Cena jednostkowa", "Nazwa klienta", "Adres e-mail", "Kraj", "Rabat", "Koszt dostawy",
        "Status zamówienia",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", FILES)
def test_the_usual_headings_of_a_language_are_suggested(language):
    header = FILES[language]
    assert suggested_mapping([*header]) == dict(zip((*FIELDS, *MORE), header, strict=True))


def test_no_heading_stands_for_two_fields():
    every = [name for names in HEADINGS.values() for name in {*names}]
    assert sorted(name for name in every if every.count(name) > 1) == []
