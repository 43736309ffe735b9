"""Frequent names of columns in seven languages, from which a mapping is suggested.

One line a language: English, German, French, Spanish, Italian, Dutch, Polish. Names are compared
without case, blanks and punctuation. Of several columns that match, the name that comes first
here is suggested.
"""

from imports.formats import normal
from imports.totals import TOTAL_NAMES

WORDS = {
    "placed": """
        placed at, order date, purchase date, invoice date, date, day, timestamp
        Bestelldatum, Kaufdatum, Rechnungsdatum, Auftragsdatum, Belegdatum, Datum, Tag
        date de commande, date d'achat, date de facture, date de vente, jour
        fecha de pedido, fecha del pedido, fecha de compra, fecha de factura, fecha
        data ordine, data dell'ordine, data acquisto, data fattura, data
        besteldatum, orderdatum, aankoopdatum, factuurdatum
        data zamówienia, data zakupu, data sprzedaży, data faktury
    """,
    "unit_price": """
        price, item price, price each
        Einzelpreis, Stückpreis, Stueckpreis, Preis, Verkaufspreis, E-Preis
        prix unitaire, prix unitaire HT, prix de vente, prix
        precio unitario, precio de venta, precio
        prezzo unitario, prezzo di vendita, prezzo
        stuksprijs, eenheidsprijs, verkoopprijs, prijs
        cena jednostkowa, cena sprzedaży, cena
    """,
    "line_total": """
        total HT, montant, montant total, total ligne, chiffre d'affaires
        importe, importe total, total línea
        importo, totale, totale riga
        regeltotaal, totaal, bedrag, totaalbedrag
        wartość, kwota, suma, razem
    """,
    "document": """
        order, order id, order no, order number, invoice, invoice no, receipt
        Bestellnummer, Bestell-Nr, Auftragsnummer, Auftrags-Nr, Rechnungsnummer, Rechnungs-Nr, \
            Belegnummer, Beleg-Nr, Bonnummer, Bon-Nr, Bestellung, Auftrag, Beleg, Bon
        numéro de commande, n° de commande, no commande, commande, numéro de facture, facture
        número de pedido, nº de pedido, n.º pedido, pedido, número de factura, factura
        numero ordine, n. ordine, ordine, numero fattura, fattura
        bestelnummer, ordernummer, bestelling, factuurnummer, factuur
        numer zamówienia, nr zamówienia, zamówienie, numer faktury, faktura
    """,
    "sku": """
        product id, product code, item id, article no, stock code
        Artikelnummer, Artikel-Nr, Art-Nr, Produktnummer, Warennummer
        référence, réf, référence produit, code article, code produit
        referencia, código de producto, código de artículo, código
        codice articolo, codice prodotto, codice
        productnummer, productcode, artikelcode
        kod produktu, symbol, indeks, numer artykułu
    """,
    "product": """
        product name, item, item name, article, description
        Artikelbezeichnung, Artikelname, Bezeichnung, Produktname, Artikel, Produkt, Ware
        nom du produit, produit, désignation, libellé
        nombre del producto, producto, artículo, descripción
        nome prodotto, prodotto, articolo, descrizione
        productnaam, omschrijving
        nazwa produktu, produkt, nazwa towaru, towar, nazwa, opis
    """,
    "category": """
        product category
        Kategorie, Warengruppe, Artikelgruppe, Produktgruppe
        catégorie, famille
        categoría, familia
        categoria
        categorie, productgroep
        kategoria, grupa
    """,
    "quantity": """
        qty, units, pieces
        Menge, Anzahl, Stück, Stueck, Stückzahl, Stk
        quantité, qté
        cantidad, cant, unidades
        quantità, qtà, pezzi
        aantal, hoeveelheid, stuks
        ilość, sztuk, liczba sztuk
    """,
    "customer": """
        customer id, customer code, customer no, client id
        Kundennummer, Kunden-Nr, Kd-Nr
        numéro client, n° client, code client
        número de cliente, código de cliente, id cliente
        codice cliente, numero cliente
        klantnummer, klantcode
        numer klienta, nr klienta, id klienta
    """,
    "customer_name": """
        client, buyer, buyer name
        Kundenname, Kunde, Käufer, Kaeufer, Besteller
        nom du client, nom client, acheteur
        nombre del cliente, cliente, comprador
        nome cliente, acquirente
        klantnaam, klant, koper
        nazwa klienta, klient, kupujący, imię i nazwisko
    """,
    "email": """
        customer email, buyer email, mail
        E-Mail-Adresse, Mailadresse
        adresse e-mail, adresse mail, courriel
        correo electrónico, correo
        indirizzo e-mail, posta elettronica
        e-mailadres
        adres e-mail
    """,
    "country": """
        country code, ship country, shipping country, billing country
        Land, Lieferland, Länderkürzel, Ländercode
        pays, pays de livraison, code pays
        país, país de envío, código de país
        paese, nazione, paese di spedizione
        landcode, leverland
        kraj, kraj dostawy, kod kraju
    """,
    "currency": """
        Währung, Waehrung
        devise, monnaie
        moneda, divisa
        valuta
        munt
        waluta
    """,
    "discount": """
        Rabatt, Rabattbetrag, Nachlass
        remise, réduction
        descuento
        sconto
        korting
        rabat, zniżka
    """,
    "discount_percent": """
        discount percent, discount rate
        Rabatt Prozent, Rabatt in Prozent
        remise pourcentage, taux de remise
        porcentaje de descuento
        sconto percentuale
        kortingspercentage
        rabat procentowy
    """,
    "tax": """
        Steuer, MwSt, USt, Mehrwertsteuer, Umsatzsteuer, Steuerbetrag
        TVA, montant TVA, taxe
        IVA, impuesto
        imposta, importo IVA
        btw, btw-bedrag, belasting
        VAT, podatek, kwota VAT
    """,
    "tax_rate": """
        VAT rate
        Steuersatz, MwSt-Satz
        taux de TVA
        tipo de IVA, tipo impositivo
        aliquota IVA, aliquota
        btw-tarief, btw-percentage
        stawka VAT
    """,
    "shipping": """
        shipping cost, freight
        Versandkosten, Versand, Porto
        frais de port, frais de livraison, livraison
        gastos de envío, envío
        spese di spedizione, spedizione
        verzendkosten, verzending
        koszt wysyłki, koszt dostawy, wysyłka
    """,
    "status": """
        order status
        Bestellstatus
        statut, statut de la commande
        estado, estado del pedido
        stato, stato ordine
        bestelstatus
        status zamówienia
    """,
}
HEADINGS = {
    name: tuple(normal(word) for word in text.replace("\n", ",").split(",") if normal(word))
    for name, text in WORDS.items()
}
# First the names by which totals are recognised in files of every format.
HEADINGS["line_total"] = TOTAL_NAMES + HEADINGS["line_total"]
