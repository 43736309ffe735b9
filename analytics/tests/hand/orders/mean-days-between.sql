with gaps as (
    select customer_id, day,
        day - lag(day) over (partition by customer_id order by placed_at) as gap
    from history where kind = 'sale'
)
select count(distinct customer_id) as customers, count(*) as repeat_orders, avg(gap) as mean_days
from gaps where gap is not null and day >= first_day()
