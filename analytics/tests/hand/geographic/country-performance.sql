with now as (
    select country_id, sum(revenue) as revenue, count(*) filter (kind = 'sale') as orders,
        count(distinct customer_id) filter (kind = 'sale') as customers,
        sum(gross) - sum(discount) as sold, sum(units) as units, sum(returned) as returned,
        sum(revenue) filter (customer_id is not null) as known
    from orders group by country_id
), before as (
    select country_id, sum(revenue) as revenue
    from ever_orders
    where day < first_day() and day >= first_day_before()
    group by country_id
)
select country, country_code, now.revenue, now.revenue / sum(now.revenue) over () as share,
    if(known_before() and before.revenue > 0, (now.revenue - before.revenue) / before.revenue, null) as growth,
    orders, customers, sold / nullif(orders, 0) as aov,
    units / nullif(orders, 0) as items_per_order,
    known / nullif(customers, 0) as revenue_per_customer,
    returned / nullif(sold, 0) as return_rate
from now left join before using (country_id) join countries using (country_id)
order by now.revenue desc, country
