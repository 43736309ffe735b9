with sums as (
    select product_id, sum(units) as units, sum(revenue) as revenue from lines group by product_id
), goods as (
    select product_id, coalesce(units, 0) as units, coalesce(revenue, 0) as revenue,
        greatest(coalesce(revenue, 0), 0) as earned
    from products left join sums using (product_id)
    where is_active or sums.product_id is not null
), ranked as (
    select *, sum(earned) over () as whole, sum(earned) over (
        order by units = 0, revenue desc, product_id rows unbounded preceding) - earned as before
    from goods
), classed as (
    select *, case when units = 0 then 'U' when before / nullif(whole, 0) < 0.8 then 'A'
        when before / nullif(whole, 0) < 0.95 then 'B' else 'C' end as abc_class
    from ranked
)
select abc_class, count(*) as products, count(*) / sum(count(*)) over () as share_of_products,
    sum(units) as units, sum(revenue) as revenue,
    sum(revenue) / sum(sum(revenue)) over () as share
from classed
group by abc_class
order by abc_class
