with sums as (
    select product_id, sum(units) as units, sum(revenue) as revenue from lines group by product_id
), goods as (
    select products.*, coalesce(units, 0) as units, coalesce(revenue, 0) as revenue,
        greatest(coalesce(revenue, 0), 0) as earned
    from products left join sums using (product_id)
    where is_active or sums.product_id is not null
), ranked as (
    select *, row_number() over down as rank, sum(earned) over down as so_far,
        sum(earned) over () as whole
    from goods window down as (order by units = 0, revenue desc, product_id rows unbounded preceding)
)
select rank, product_id, sku, product, coalesce(category, 'Uncategorised') as category, units,
    revenue, so_far / nullif(whole, 0) as cumulative_share,
    case when units = 0 then 'U'
        when (so_far - earned) / nullif(whole, 0) < 0.8 then 'A'
        when (so_far - earned) / nullif(whole, 0) < 0.95 then 'B'
        else 'C' end as abc_class
from ranked
order by rank
