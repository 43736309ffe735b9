with firsts as (
    select customer_id, date_trunc('month', min(day)) as first_month
    from history where kind = 'sale' group by customer_id
), told as (
    select date_trunc('month', day) as month, kind, customer_id, revenue,
        coalesce(first_month = date_trunc('month', day), false) as new
    from orders left join firsts using (customer_id)
), sums as (
    select month, count(distinct customer_id) filter (new) as new_customers,
        count(distinct customer_id) filter (kind = 'sale' and not new) as returning_customers,
        sum(revenue) filter (new) as new_revenue,
        sum(revenue) filter (not new and customer_id is not null) as returning_revenue,
        sum(revenue) filter (customer_id is null) as guest_revenue
    from told group by month
)
select month::date as month, coalesce(new_customers, 0) as new_customers,
    coalesce(returning_customers, 0) as returning_customers,
    coalesce(new_revenue, 0) as new_revenue, coalesce(returning_revenue, 0) as returning_revenue,
    coalesce(guest_revenue, 0) as guest_revenue
from (select distinct date_trunc('month', day) as month from days) left join sums using (month)
order by month
