"""Where people find the reports of this app."""

from analytics.semantics.entries import MODEL_QUALITY, Entry

OFFERS = "Offers and vouchers"

ENTRIES = (
    Entry("marketing", OFFERS, "products/bought-together"),
    Entry("marketing", OFFERS, "vouchers/segments"),
    Entry("marketing", MODEL_QUALITY, "recommendations/voucher-lift"),
    Entry("marketing", MODEL_QUALITY, "recommendations/quality"),
)
