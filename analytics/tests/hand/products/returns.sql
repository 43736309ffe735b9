with sums as (
    select product_id, sum(units) as units, sum(returned_units) as returned_units,
        sum(returned) as returns,
        sum(returned) / nullif(sum(gross) - sum(discount), 0) as return_rate
    from lines group by product_id
)
select product_id, sku, product, coalesce(category, 'Uncategorised') as category, units,
    returned_units, returns, return_rate
from sums join products using (product_id)
order by returns desc, product_id
