with sums as (
    select customer_id, count(*) filter (kind = 'sale') as orders, sum(units) as units,
        sum(revenue) as revenue, min(day) filter (kind = 'sale') as first_order,
        max(day) filter (kind = 'sale') as last_order
    from buyers group by customer_id having count(*) filter (kind = 'sale') > 0
),
firsts as (
    select customer_id, min(day) as first_ever from history where kind = 'sale' group by customer_id
)
select customer_id, code, customer,
    if(first_ever >= first_day(), 'new', 'returning') as acquaintance,
    orders, units, revenue, first_order, last_order
from sums join firsts using (customer_id) join customers using (customer_id)
order by revenue desc, customer_id
