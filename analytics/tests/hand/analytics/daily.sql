with found as (
    select day, sum(revenue) as revenue, count(*) filter (kind = 'sale') as orders,
        sum(gross) - sum(discount) as sold, sum(returned) as returned,
        count(distinct customer_id) filter (kind = 'sale') as customers,
        sum(costed - cost) filter (costed <> 0 or cost <> 0) as margin
    from orders group by day
), firsts as (
    select customer_id, arg_min(order_id, (placed_at, order_id)) as first_id
    from history where kind = 'sale' group by customer_id
), visits as (  -- who came for the first time and again on the same day has been here before
    select day, customer_id, bool_or(order_id <> first_id) as again
    from history join firsts using (customer_id)
    where kind = 'sale' and day >= first_day()
    group by all
), rates as (
    select day, count(*) filter (again) / count(*) as returning_rate from visits group by day
)
select day as date, coalesce(revenue, 0) as revenue, coalesce(orders, 0) as orders,
    sold / nullif(orders, 0) as aov, coalesce(customers, 0) as customers, returning_rate,
    returned / nullif(sold, 0) as return_rate, margin
from days left join found using (day) left join rates using (day)
order by date
