select date_trunc('month', day)::date as month, sum(coalesce(gross, 0)) as gross,
    sum(coalesce(discount, 0)) as discounts, sum(coalesce(returned, 0)) as returns,
    sum(coalesce(revenue, 0)) as revenue, count(*) filter (kind = 'sale') as orders,
    sum(coalesce(units, 0)) as units,
    (sum(gross) - sum(discount)) / nullif(count(*) filter (kind = 'sale'), 0) as aov
from days left join orders using (day)
group by all
order by month
