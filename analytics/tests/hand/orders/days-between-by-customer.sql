with gaps as (
    select customer_id, day,
        day - lag(day) over (partition by customer_id order by placed_at) as gap
    from history where kind = 'sale'
), found as (
    select customer_id, count(*) as repeat_orders, avg(gap) as mean_days, min(gap) as shortest,
        max(gap) as longest, max(day) as last_order
    from gaps where gap is not null and day >= first_day()
    group by customer_id
)
select customer_id, code, customer, repeat_orders, mean_days, shortest, longest, last_order
from found join customers using (customer_id)
order by repeat_orders desc, mean_days, customer_id
