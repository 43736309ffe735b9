with known as (
    select customer_id, max(day) filter (kind = 'sale') as last_order,
        count(*) filter (kind = 'sale') as orders, sum(revenue) as revenue
    from history group by customer_id
)
select customer_id, code, customer, last_order, last_day() - last_order as days_since, orders,
    revenue,
    case when last_day() - last_order >= 90 then 'churned'
        when last_day() - last_order >= 45 then 'at risk' else 'active' end as status
from known join customers using (customer_id)
where last_order is not null
order by last_order, customer_id
