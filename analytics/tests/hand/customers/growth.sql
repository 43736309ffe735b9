with firsts as (
    select min(day) as day from history where kind = 'sale' group by customer_id
), months as (
    select date_trunc('month', day)::date as month, max(day) as as_of from days group by all
)
select month,
    count(*) filter (day >= first_day() and date_trunc('month', day) = month) as new_customers,
    count(day) as ever_bought
from months left join firsts on day <= as_of
group by month
order by month
