with people as (
    select customer_id, max(day) filter (kind = 'sale') as last_order,
        count(*) filter (kind = 'sale') as frequency, sum(revenue) as monetary
    from buyers group by customer_id having count(*) filter (kind = 'sale') > 0
), ranked as (
    select *, percent_rank() over (order by last_order) as recent,
        percent_rank() over (order by frequency) as often,
        percent_rank() over (order by monetary) as much
    from people
), scored as (
    select *, last_day() - last_order as recency_days, least(floor(recent * 5), 4)::int + 1 as r,
        least(floor(often * 5), 4)::int + 1 as f, least(floor(much * 5), 4)::int + 1 as m
    from ranked
), grouped as (
    select *, case
        when r = 5 then case when f + m <= 4 then 'New' when f + m <= 7 then 'Active'
            else 'Champions' end
        when r = 4 then case when f + m <= 4 then 'Promising' when f + m <= 7 then 'Active'
            else 'Loyal' end
        when r = 3 then case when f + m <= 7 then 'Needs attention' else 'Loyal' end
        when f + m > 7 then 'Previously loyal'
        when f + m > 4 then 'At risk'
        when r = 2 then 'Almost lost'
        else 'Dormant' end as "group"
    from scored
)
select customer_id, code, customer, recency_days, frequency, monetary, r, f, m,
    concat(r, f, m) as score, "group"
from grouped join customers using (customer_id)
order by score desc, monetary desc, customer_id
