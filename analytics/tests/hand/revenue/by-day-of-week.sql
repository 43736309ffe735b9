with found as (
    select isodow(day) as weekday, sum(revenue) as revenue,
        count(*) filter (kind = 'sale') as orders,
        (sum(gross) - sum(discount)) / nullif(count(*) filter (kind = 'sale'), 0) as aov
    from orders group by all
), calendar as (
    select isodow(day) as weekday, count(*) as days_in_period from days group by all
)
select weekday, coalesce(revenue, 0) as revenue, coalesce(orders, 0) as orders, aov,
    coalesce(days_in_period, 0) as days_in_period,
    coalesce(revenue, 0) / nullif(days_in_period, 0) as revenue_per_day
from range(1, 8) as t(weekday) left join found using (weekday) left join calendar using (weekday)
order by weekday
