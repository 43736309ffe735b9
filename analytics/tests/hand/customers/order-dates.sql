with numbered as (
    select customer_id, day, row_number() over (partition by customer_id order by day) as turn
    from history where kind = 'sale'
), dates as (
    select customer_id, min(day) as first_order, max(day) as last_order, count(*) as orders,
        max(day) filter (turn = 2) as second_order
    from numbered group by customer_id
)
select customer_id, code, customer, first_order, second_order, last_order,
    second_order - first_order as days_to_second, last_order - first_order as lifetime_days, orders
from dates join customers using (customer_id)
order by first_order, customer_id
