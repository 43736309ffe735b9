with ever as (
    select day, sum(revenue) as revenue, count(*) filter (kind = 'sale') as orders
    from ever_orders group by day
), longer as (
    select unnest(generate_series(first_day() - 6, last_day(), interval 1 day))::date as day
), trend as (
    select day as date, coalesce(revenue, 0) as revenue, coalesce(orders, 0) as orders,
        sum(coalesce(revenue, 0)) over (order by day rows 6 preceding) / 7 as week
    from longer left join ever using (day)
)
select date, revenue, orders,
    case when date - 6 >= (select min(day) from ever) then week end as week_mean
from trend where date >= first_day()
order by date
