with found as (
    select day(day) as day_of_month, count(*) as orders from orders where kind = 'sale' group by all
), calendar as (
    select day(day) as day_of_month, count(*) as days_in_period from days group by all
)
select day_of_month, coalesce(orders, 0) as orders,
    coalesce(days_in_period, 0) as days_in_period,
    coalesce(orders, 0) / nullif(days_in_period, 0) as orders_per_day
from range(1, 32) as t(day_of_month) left join found using (day_of_month) left join calendar using (day_of_month)
order by day_of_month
