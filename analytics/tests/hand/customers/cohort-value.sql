with firsts as (
    select customer_id, date_trunc('month', min(day))::date as cohort
    from history where kind = 'sale'
    group by customer_id having min(day) >= first_day()
), cells as (
    select cohort, datediff('month', cohort, day) as age,
        sum(revenue) as revenue
    from history join firsts using (customer_id)
    group by all
), lives as (
    select cohort, size, unnest(range(datediff('month', cohort, last_day()) + 1)) as age
    from (select cohort, count(*) as size from firsts group by cohort)
)
select cohort, age, size,
    sum(coalesce(revenue, 0)) over (partition by cohort order by age) / size as value
from lives left join cells using (cohort, age)
order by cohort, age
