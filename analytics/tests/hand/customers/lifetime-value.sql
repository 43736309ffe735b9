with spent as (
    select customer_id, sum(revenue) as revenue, sum(gross) - sum(discount) as sold,
        count(*) filter (kind = 'sale') as orders
    from history group by customer_id
), tiers as (
    select *, case when revenue > 5000 then 1 when revenue > 2000 then 2 when revenue > 500 then 3
        else 4 end as place
    from spent
)
select ['VIP', 'High', 'Medium', 'Low'][place] as tier,
    count(*) filter (orders > 0) as customers,
    sum(revenue) / nullif(count(*) filter (orders > 0), 0) as revenue_per_customer,
    sum(orders) as orders, sum(sold) / nullif(sum(orders), 0) as aov
from tiers
group by place
order by place
