with spans as (
    select date_trunc('month', day)::date as month, min(day) as first_one, max(day) as last_one
    from days group by all
), sums as (
    select month, sum(coalesce(revenue, 0)) as revenue, count(*) filter (kind = 'sale') as orders
    from spans left join orders on date_trunc('month', day) = month
    group by month
), moved as (  -- days as they would lie so many months later
    select ago, (day + to_months(ago))::date as day, revenue
    from ever_orders, (values (1), (12)) as t(ago)
), earlier as (
    select month, t.ago, sum(coalesce(moved.revenue, 0)) as revenue
    from spans cross join (values (1), (12)) as t(ago)
        left join moved on moved.ago = t.ago and date_trunc('month', moved.day) = month
            and moved.day between first_one and last_one
    where first_one - to_months(t.ago) >= (select min(day) from ever_orders)
    group by all
)
select month,
    if(first_one = month and last_one = month + to_months(1) - to_days(1), 'yes', 'no') as complete,
    s.revenue, s.orders,
    s.revenue - m.revenue as month_change,
    if(m.revenue > 0, (s.revenue - m.revenue) / m.revenue, null) as month_growth,
    s.revenue - y.revenue as year_change,
    if(y.revenue > 0, (s.revenue - y.revenue) / y.revenue, null) as year_growth
from spans join sums s using (month)
    left join earlier m on m.month = spans.month and m.ago = 1
    left join earlier y on y.month = spans.month and y.ago = 12
order by month
