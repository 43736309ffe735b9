with gaps as (
    select day, day - lag(day) over (partition by customer_id order by placed_at) as gap
    from history where kind = 'sale'
), found as (
    select least(gap // 7, 13) as place, count(*) as times
    from gaps where gap is not null and day >= first_day()
    group by all
), bins as (
    select place, coalesce(times, 0) as times from range(14) as t(place) left join found using (place)
)
select if(place < 13, format('{} to {}', place * 7, place * 7 + 6), '91 or more') as days, times,
    times / nullif(sum(times) over (), 0) as share,
    sum(times) over (order by place) / nullif(sum(times) over (), 0) as share_so_far
from bins
order by place
