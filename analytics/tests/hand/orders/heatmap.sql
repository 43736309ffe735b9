with found as (
    select isodow(day) as weekday, hour(placed_at) as hour, sum(revenue) as revenue,
        count(*) filter (kind = 'sale') as orders
    from orders group by all
)
select weekday, hour, coalesce(orders, 0) as orders, coalesce(revenue, 0) as revenue
from range(1, 8) as d(weekday) cross join range(24) as h(hour)
    left join found using (weekday, hour)
order by weekday, hour
