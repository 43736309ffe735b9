with sums as (
    select country_id, product_id, sum(units) as units, sum(revenue) as revenue,
        sum(costed - cost) filter (costed <> 0 or cost <> 0) as margin,
        (sum(revenue) - sum(costed)) / nullif(sum(revenue), 0) as uncosted,
        sum(revenue) / nullif(sum(sum(revenue)) over (partition by country_id), 0) as share
    from lines group by country_id, product_id
), ranked as (
    select *, row_number() over (partition by country_id order by revenue desc, product_id) as rank
    from sums qualify rank <= 5
)
select country_id, country, country_code, rank, product_id, sku, product,
    coalesce(category, 'Uncategorised') as category, units, revenue, share, margin, uncosted
from ranked join countries using (country_id) join products using (product_id)
order by country, rank
