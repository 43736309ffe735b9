with lives as (
    select (max(day) - min(day) + 29) // 30 as span
    from history where kind = 'sale'
    group by customer_id having min(day) >= first_day()
), found as (
    select span, count(*) as customers from lives group by span
)
select greatest(span * 30 - 29, 0) as from_day, span * 30 as to_day,
    coalesce(customers, 0) as customers, coalesce(customers, 0) / sum(customers) over () as share
from (select unnest(range(max(span) + 1)) as span from lives) left join found using (span)
order by span
