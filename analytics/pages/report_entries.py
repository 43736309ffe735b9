"""The table of contents: each report of this app, as people look for it."""

from analytics.semantics.entries import MODEL_QUALITY, Entry

TIME, PLACE, MONEY = "Over time", "What and where", "Money and orders"
COMING_BACK, VALUE, LEAVING = "New and returning", "Value and groups", "Leaving"
SOLD, ONE_PRODUCT = "What sells", "One product"
STOCK, AHEAD = "Stock", "What comes next"

ENTRIES = (
    Entry(
        "sales",
        TIME,
        {"Total": "analytics/kpis", "Day": "analytics/daily"},
        "Key figures",
        "How did the period go, and each of its days?",
    ),
    Entry(
        "sales",
        TIME,
        {"Day": "revenue/daily-trend", "Month": "revenue/monthly", "Growth": "revenue/growth"},
        "Net sales over time",
        "How much is sold each day and month, and does it grow?",
    ),
    Entry(
        "sales",
        TIME,
        {
            "Hour": "revenue/by-hour",
            "Weekday": "revenue/by-day-of-week",
            "Order value": "orders/value-by-hour",
        },
        "Sales by hour and day",
        "When do customers spend the most?",
    ),
    Entry(
        "sales",
        TIME,
        {
            "Hour": "orders/by-hour",
            "Weekday": "orders/by-day-of-week",
            "Weekday and hour": "orders/heatmap",
            "Day of month": "orders/by-day-of-month",
            "Month": "orders/by-month",
        },
        "Seasonality",
        "At which hours, on which days and in which months do orders come in?",
    ),
    Entry("sales", PLACE, "revenue/by-category"),
    Entry(
        "sales",
        PLACE,
        {
            "Net sales": "geographic/revenue-by-country",
            "Performance": "geographic/country-performance",
        },
        "Sales by country",
        "Where is it sold, and how did each country do before?",
    ),
    Entry("sales", MONEY, "revenue/breakdown"),
    Entry("sales", MONEY, "revenue/tax"),
    Entry("sales", MONEY, "orders/status"),
    Entry("sales", MONEY, "orders/list"),
    Entry(
        "customers",
        COMING_BACK,
        {
            "Share": "customers/retention",
            "Customers": "customers/cohorts",
            "Net sales": "customers/cohort-value",
        },
        "Retention",
        "How many of each month’s new customers ordered again in later months?",
    ),
    Entry(
        "customers",
        COMING_BACK,
        {"By month": "customers/new-vs-returning", "Growth": "customers/growth"},
        "New and returning customers",
        "How many customers are new, and does their number grow?",
    ),
    Entry(
        "customers",
        COMING_BACK,
        {"All customers": "customers/stats", "Repeat rate": "customers/repeat-rate"},
        "Customer statistics",
        "How many customers have bought, and how many have bought again?",
    ),
    Entry(
        "customers",
        COMING_BACK,
        {
            "All orders": "orders/days-between",
            "Second order": "customers/first-to-second",
            "By customer": "orders/days-between-by-customer",
            "Average": "orders/mean-days-between",
        },
        "Days between orders",
        "How many days pass until customers order again?",
    ),
    Entry(
        "customers",
        VALUE,
        {
            "So far": "customers/lifetime-value",
            "Predicted": "customers/predicted-value",
            "By group": "customers/value-by-group",
        },
        "Lifetime value",
        "How much has each customer spent, and how much will they?",
    ),
    Entry(
        "customers",
        VALUE,
        {
            "RFM groups": "customers/rfm-groups",
            "RFM scores": "customers/rfm",
            "By value": "customers/segments",
        },
        "Customer groups",
        "Who buys often, recently and much, and who used to?",
    ),
    Entry("customers", VALUE, "customers/top"),
    Entry("customers", VALUE, "customers/by-country"),
    Entry(
        "customers",
        LEAVING,
        {
            "Status": "customers/churn",
            "Rate": "customers/churn-rate",
            "Risk": "customers/churn-risk",
            "Lapse point": "customers/lapse-point",
            "Bought again": "customers/bought-again",
        },
        "Churn",
        "Who has stopped buying, and who is about to?",
    ),
    Entry("customers", LEAVING, "customers/lifecycle"),
    Entry(
        "customers",
        LEAVING,
        {"Days": "customers/lifetime", "Dates": "customers/order-dates"},
        "First and last orders",
        "How long do customers stay, and when did they order?",
    ),
    Entry("customers", MODEL_QUALITY, "customers/churn-calibration"),
    Entry(
        "products",
        SOLD,
        {"All countries": "products/top", "By country": "products/by-country"},
        "Top products",
    ),
    Entry("products", SOLD, "products/performance"),
    Entry(
        "products",
        SOLD,
        {"Products": "products/abc", "Classes": "products/abc-classes"},
        "ABC analysis",
    ),
    Entry("products", SOLD, "products/returns"),
    Entry(
        "products",
        ONE_PRODUCT,
        {"Month": "products/over-time", "Country": "products/where"},
        "Product sales",
        "When and where does a product sell?",
    ),
    Entry(
        "inventory",
        STOCK,
        {
            "Low stock": "inventory/low-stock",
            "Reorder": "inventory/reorder",
            "Days left": "inventory/days-left",
        },
        "Low stock and reorder",
        "Which products should be reordered now, and how many units?",
    ),
    Entry("inventory", STOCK, "inventory/value"),
    Entry("inventory", STOCK, "products/sell-through"),
    Entry(
        "forecast",
        AHEAD,
        {"Over time": "analytics/forecast/revenue", "Total": "analytics/forecast/total"},
        "Net sales forecast",
    ),
    Entry("forecast", AHEAD, "products/demand"),
    Entry("forecast", MODEL_QUALITY, "analytics/forecast/backtest"),
    Entry("forecast", MODEL_QUALITY, "analytics/forecast/basis"),
)
