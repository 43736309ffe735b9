select hour, count(*) filter (kind = 'sale') as orders,
    count(distinct customer_id) filter (kind = 'sale') as customers,
    sum(coalesce(units, 0)) as units
from range(24) as t(hour) left join orders on hour(placed_at) = hour
group by hour
order by hour
