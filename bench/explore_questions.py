"""Thirty questions of Explore, each with SQL by hand for every level of its answer.

A level is a part of the dimensions: the cells, the total, and with columns the subtotals and the
totals of columns.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

SEEN = "status <> 'canceled' and day >= getvariable('start')"
EVER = "from orders where kind = 'sale' and status <> 'canceled' and customer_id is not null"
FIRSTS = f"""(select customer_id, arg_min(order_id, (placed_at, order_id)) as first_order,
    min(day) as first_day {EVER} group by customer_id)"""
GAPS = f"(select order_id, day - lag(day) over (partition by customer_id order by placed_at, order_id) as gap {EVER})"  # noqa: E501
SCORES = f"""(select customer_id, percent_rank() over (order by last_day) as r,
    percent_rank() over (order by orders) as f, percent_rank() over (order by spent) as m
    from (select customer_id, max(day) filter (kind = 'sale') as last_day, sum(revenue) as spent,
        count(*) filter (kind = 'sale') as orders
        from orders where {SEEN} and customer_id is not null group by customer_id)
    where last_day is not null)"""
GROUPS = f"""(select customer_id, case
    when r >= 0.8 then if(fm <= 4, 'New', if(fm <= 7, 'Active', 'Champions'))
    when r >= 0.6 then if(fm <= 4, 'Promising', if(fm <= 7, 'Active', 'Loyal'))
    when r >= 0.4 then if(fm <= 7, 'Needs attention', 'Loyal') when fm > 7 then 'Previously loyal'
    when fm > 4 then 'At risk' when r >= 0.2 then 'Almost lost' else 'Dormant' end as rfm_group
    from (select customer_id, r, 2 + least(4, floor(f * 5)) + least(4, floor(m * 5)) as fm
        from {SCORES}))"""
ORDERS, LINES = "orders", "lines"
WITH_FIRSTS = f"orders left join {FIRSTS} using (customer_id)"
WITH_GAPS = f"orders left join {GAPS} using (order_id)"
WITH_GROUPS = f"orders left join {GROUPS} using (customer_id)"
IS_FIRST = "coalesce(returns_id, order_id) = first_order"

SUMS = {
    "revenue": "sum(revenue)",
    "units": "sum(units)",
    "orders": "count(*) filter (kind = 'sale')",
    "refunds": "count(*) filter (kind = 'return')",
    "customers": "count(distinct customer_id) filter (kind = 'sale')",
    "aov": "(sum(gross) - sum(discount)) / nullif(count(*) filter (kind = 'sale'), 0)",
    "return_rate": "sum(returned) / nullif(sum(gross) - sum(discount), 0)",
    "discount_rate": "sum(discount) / nullif(sum(gross), 0)",
    "effective_tax_rate": "sum(tax) / nullif(sum(revenue), 0)",
    "margin_rate": "(sum(costed) - sum(cost)) / nullif(sum(costed), 0)",
    "new_customers": f"count(distinct customer_id) filter (kind = 'sale' and {IS_FIRST})",
    "returning_customers": f"count(distinct customer_id) filter (kind = 'sale' and not {IS_FIRST})",
}
SUMS_OF_LINES = SUMS | {"orders": "count(distinct order_id) filter (kind = 'sale')"}
KEYS = {
    "country": "country_id", "product": "product_id", "customer": "customer_id",
    "day": "day", "week": "date_trunc('week', day)", "month": "date_trunc('month', day)",
    "quarter": "date_trunc('quarter', day)", "year": "date_trunc('year', day)",
    "weekday": "isodow(day)", "hour": "hour(placed_at)", "day_of_month": "day(day)",
    "source": "source", "kind": "kind", "cohort": "date_trunc('month', first_day)",
    "rfm_group": "rfm_group",
    "new_or_returning": f"case when customer_id is null then 'guest' when {IS_FIRST} then 'new'"
    " else 'returning' end",
    "order_value": "if(kind = 'sale', (gross - discount >= 20)::int + (gross - discount >= 50)::int"
    " + (gross - discount >= 100)::int + (gross - discount >= 200)::int"
    " + (gross - discount >= 500)::int, null)",
    "order_units": "if(kind = 'sale', (units >= 2)::int + (units >= 3)::int + (units >= 5)::int"
    " + (units >= 10)::int, null)",
    "days_since_previous": "if(gap is null, null, (gap >= 7)::int + (gap >= 30)::int"
    " + (gap >= 90)::int + (gap >= 180)::int + (gap >= 365)::int)",
}  # fmt: skip
NAMES = {"country": "countries", "product": "products", "customer": "customers"}


@dataclass(frozen=True)
class Asked:
    measures: str
    rows: str = ""
    columns: str = ""
    source: str = ORDERS
    where: str = "true"  # what `more` says
    more: tuple[tuple[str, str], ...] = ()  # other parameters
    having: str = ""

    @property
    def name(self) -> str:
        by = " × ".join(filter(None, (self.rows, self.columns)))
        return f"{self.measures} by {by}" + " …" * bool(self.more)

    @property
    def parameters(self) -> str:
        axes = {"measures": self.measures, "rows": self.rows, "columns": self.columns}
        return urlencode([*((key, text) for key, text in axes.items() if text), *self.more])

    @property
    def queries(self) -> list[str]:
        """SQL by hand, one for each level that the answer as JSON has."""
        rows, columns = names_in(self.rows), names_in(self.columns)
        if not columns:
            return [self.level([], is_leaf=False), self.level(rows, is_leaf=True)]
        depths = [rows[:depth] for depth in range(len(rows) + 1)]
        return [
            self.level(depth + side, depth == rows) for depth in depths for side in ([], columns)
        ]

    def level(self, names: list[str], is_leaf: bool) -> str:
        sums = SUMS_OF_LINES if self.source.startswith(LINES) else SUMS
        picked = ", ".join(sums[name] for name in names_in(self.measures))
        keys = "".join(f", {KEYS[name]} as {KEYS_NAMES.get(name, name)}" for name in names)
        having = f"having {self.having}" * (is_leaf and bool(self.having))
        sql = f"select {picked}{keys} from {self.source} where {SEEN} and {self.where}"
        sql += f" group by all {having}" if names else ""
        for name in names:
            if name in NAMES:
                sql = f"from ({sql}) left join {NAMES[name]} using ({KEYS[name]})"
        return sql


KEYS_NAMES = {name: KEYS[name] for name in NAMES}  # an id keeps its name, to be joined by


def names_in(text: str) -> list[str]:
    return text.split(",") if text else []


GERMANY = "country_id = (select country_id from countries where country_code = 'DE')"
QUESTIONS = (
    Asked("revenue", "country", "month"),
    Asked("revenue,orders,aov", "country"),
    Asked("revenue", "month"),
    Asked("revenue,orders,customers", "month"),
    Asked("orders", "weekday", "hour"),
    Asked("revenue", "week"),
    Asked("revenue,orders", "day"),
    Asked("revenue,aov", "quarter"),
    Asked("revenue", "year,country"),
    Asked("orders,revenue", "day_of_month"),
    Asked("customers", "country", "quarter"),
    Asked("discount_rate,effective_tax_rate,margin_rate", "month"),
    Asked("revenue,orders", "source"),
    Asked("revenue,refunds", "kind", "month"),
    Asked("revenue", "customer"),
    Asked("revenue,orders", "customer", more=(("top", "10"),)),
    Asked("revenue", "month", "country", where=f"not {GERMANY}",
          more=(("where", "country:is_not:DE"),)),
    Asked("new_customers", "month", source=WITH_FIRSTS),
    Asked("new_customers,returning_customers", "country", source=WITH_FIRSTS),
    Asked("revenue", "new_or_returning", "month", source=WITH_FIRSTS),
    Asked("customers,revenue", "cohort", "month", source=WITH_FIRSTS),
    Asked("aov", "weekday", source=WITH_FIRSTS,
          where=f"{GERMANY} and customer_id is not null and not {IS_FIRST}",
          more=(("where", "country:is:DE"), ("where", "new_or_returning:is:returning"))),
    Asked("orders,aov", "order_value"),
    Asked("orders", "order_units", "country"),
    Asked("orders", "days_since_previous", source=WITH_GAPS),
    Asked("revenue,customers", "rfm_group", source=WITH_GROUPS),
    Asked("revenue,units,orders", "product", source=LINES),
    Asked("return_rate,units", "product", source=LINES, having="sum(units) >= 50",
          more=(("having", "units:at_least:50"),)),
    Asked("revenue", "product", source=LINES, more=(("top", "10"),)),
    Asked("units", "country,product", source=LINES),
)  # fmt: skip
