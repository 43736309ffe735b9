select coalesce(category, 'Uncategorised') as category, sum(gross) as gross,
    sum(discount) as discounts, sum(returned) as returns, sum(revenue) as revenue,
    sum(revenue) / sum(sum(revenue)) over () as share,
    count(distinct order_id) filter (kind = 'sale') as orders, sum(units) as units,
    (sum(costed) - sum(cost)) / nullif(sum(costed), 0) as margin_rate
from lines join products using (product_id)
group by all
order by revenue desc, category
