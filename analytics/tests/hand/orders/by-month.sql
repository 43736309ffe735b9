with found as (
    select month(day) as number, count(*) as orders from orders where kind = 'sale' group by all
), calendar as (
    select month(day) as number, count(*) as days_in_period from days group by all
)
select monthname(make_date(2000, number, 1)) as month_of_year, coalesce(orders, 0) as orders,
    coalesce(days_in_period, 0) as days_in_period,
    coalesce(orders, 0) / nullif(days_in_period, 0) as orders_per_day
from range(1, 13) as t(number) left join found using (number) left join calendar using (number)
order by number
