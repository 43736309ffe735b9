select hour, sum(coalesce(revenue, 0)) as revenue, count(*) filter (kind = 'sale') as orders
from range(24) as t(hour) left join orders on hour(placed_at) = hour
group by hour
order by hour
