with counted as (
    select count(*) as orders from buyers where kind = 'sale' group by customer_id
)
select count(*) as customers, count(*) filter (orders > 1) as repeat_customers,
    count(*) filter (orders > 1) / nullif(count(*), 0) as repeat_rate
from counted
