with buyers as (
    select customer_id, count(*) as ever, count(*) filter (day < first_day()) as before
    from history where kind = 'sale'
    group by customer_id having max(day) >= first_day()
), people as (
    select count(*) filter (before = 0) as new_customers,
        count(*) filter (ever > 1) / nullif(count(*), 0) as returning_rate,
        count(*) filter (ever - before > 1) / nullif(count(*), 0) as repeat_rate
    from buyers
), sums as (
    select coalesce(sum(gross), 0) as gross, coalesce(sum(discount), 0) as discounts,
        coalesce(sum(returned), 0) as returns, coalesce(sum(revenue), 0) as revenue,
        coalesce(sum(tax), 0) as tax, count(*) filter (kind = 'sale') as orders,
        count(distinct customer_id) filter (kind = 'sale') as customers,
        count(*) filter (kind = 'sale' and customer_id is null) as guests,
        coalesce(sum(units), 0) as units, coalesce(sum(costed), 0) as costed,
        coalesce(sum(cost), 0) as cost,
        sum(costed - cost) filter (costed <> 0 or cost <> 0) as margin
    from orders
)
select gross, discounts, returns, revenue, tax, orders, customers, guests, units,
    (gross - discounts) / nullif(orders, 0) as aov, units / nullif(orders, 0) as items_per_order,
    new_customers, returning_rate, repeat_rate,
    returns / nullif(gross - discounts, 0) as return_rate, margin,
    (costed - cost) / nullif(costed, 0) as margin_rate,
    (revenue - costed) / nullif(revenue, 0) as uncosted
from sums, people
