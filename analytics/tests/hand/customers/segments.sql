with spent as (
    select customer_id, sum(revenue) as revenue, bool_or(kind = 'sale') as bought
    from buyers group by customer_id
), tiers as (
    select *, case when revenue > 5000 then 1 when revenue > 2000 then 2 when revenue > 500 then 3
        else 4 end as place
    from spent
)
select ['VIP', 'High', 'Medium', 'Low'][place] as tier, count(*) filter (bought) as customers,
    sum(revenue) as revenue, sum(revenue) / sum(sum(revenue)) over () as share
from tiers
group by place
order by place
