with sales as (
    select customer_id, day, lag(day) over (partition by customer_id order by day) as before
    from history where kind = 'sale'
), months as (
    select date_trunc('month', day)::date as month, max(day) as as_of from days group by all
), known as (
    select month, as_of - min(day) as since_first, as_of - max(day) as away,
        as_of - max(day) filter (day - before >= 90) as since_return
    from months join sales on day <= as_of
    group by month, as_of, customer_id
)
select month,
    count(*) filter (away < 45 and since_first < 45) as new,
    count(*) filter (away < 45 and since_first >= 45 and coalesce(since_return, 45) >= 45)
        as active,
    count(*) filter (away < 45 and since_first >= 45 and since_return < 45) as regained,
    count(*) filter (away between 45 and 89) as at_risk,
    count(*) filter (away >= 90) as churned
from months left join known using (month)
group by month
order by month
