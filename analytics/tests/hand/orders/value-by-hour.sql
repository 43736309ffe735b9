select hour,
    (sum(gross) - sum(discount)) / nullif(count(*) filter (kind = 'sale'), 0) as aov,
    sum(coalesce(units, 0)) / nullif(count(*) filter (kind = 'sale'), 0) as items_per_order,
    count(*) filter (kind = 'sale') as orders
from range(24) as t(hour) left join orders on hour(placed_at) = hour
group by hour
order by hour
