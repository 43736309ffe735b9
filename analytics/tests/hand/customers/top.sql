with sums as (
    select customer_id, sum(revenue) as revenue, count(*) filter (kind = 'sale') as orders,
        sum(units) as units, max(day) filter (kind = 'sale') as last_order
    from buyers group by customer_id having count(*) filter (kind = 'sale') > 0
    order by revenue desc, customer_id limit 10
)
select customer_id, code, customer, revenue, orders, units, last_order
from sums join customers using (customer_id)
order by revenue desc, customer_id
