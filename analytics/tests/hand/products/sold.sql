with sums as (
    select product_id, sum(units) as units, sum(returned_units) as returned_units,
        sum(gross) as gross, sum(discount) as discounts, sum(returned) as returns,
        sum(revenue) as revenue, sum(costed - cost) filter (costed <> 0 or cost <> 0) as margin,
        (sum(revenue) - sum(costed)) / nullif(sum(revenue), 0) as uncosted
    from lines group by product_id
)
select product_id, sku, product, coalesce(category, 'Uncategorised') as category, units,
    returned_units, gross, discounts, returns, revenue, margin, uncosted
from sums join products using (product_id)
order by revenue desc, product_id
