with numbered as (
    select customer_id, day, row_number() over (partition by customer_id order by day) as turn
    from history where kind = 'sale'
), pairs as (
    select min(day) as first_order, max(day) as second_order, count(*) as orders
    from numbered where turn <= 2
    group by customer_id having min(day) >= first_day()
), delays as (
    select (second_order - first_order + 29) // 30 as span from pairs where orders = 2
), spans as (
    select span, coalesce(customers, 0) as customers, (select count(*) from pairs) as everybody
    from (select unnest(range(max(span) + 1)) as span from delays)
        left join (select span, count(*) as customers from delays group by span) using (span)
)
select greatest(span * 30 - 29, 0) as from_day, span * 30 as to_day, customers,
    customers / everybody as share, sum(customers) over (order by span) / everybody as came_back
from spans
order by span
