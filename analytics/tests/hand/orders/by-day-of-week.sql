with found as (
    select isodow(day) as weekday, count(*) as orders from orders where kind = 'sale' group by all
), calendar as (
    select isodow(day) as weekday, count(*) as days_in_period from days group by all
)
select weekday, coalesce(orders, 0) as orders,
    coalesce(days_in_period, 0) as days_in_period,
    coalesce(orders, 0) / nullif(days_in_period, 0) as orders_per_day
from range(1, 8) as t(weekday) left join found using (weekday) left join calendar using (weekday)
order by weekday
