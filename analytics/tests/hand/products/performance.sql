with now as (
    select product_id, sum(revenue) as revenue, sum(units) as units,
        count(distinct order_id) filter (kind = 'sale') as orders,
        count(distinct customer_id) filter (kind = 'sale') as customers,
        min(day) filter (kind = 'sale') as first_sale, max(day) filter (kind = 'sale') as last_sale
    from lines group by product_id
), before as (
    select product_id, sum(revenue) as revenue
    from ever_lines
    where day < first_day() and day >= first_day_before()
    group by product_id
)
select product_id, sku, product, coalesce(category, 'Uncategorised') as category, now.revenue,
    now.revenue / nullif(sum(now.revenue) over (), 0) as share,
    if(known_before() and before.revenue > 0, (now.revenue - before.revenue) / before.revenue, null) as growth,
    units, orders, customers, first_sale, last_sale
from now left join before using (product_id) join products using (product_id)
order by now.revenue desc, product_id
