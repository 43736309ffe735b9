with bought as (
    select customer_id, count(*) as orders, min(day) as first_order
    from history where kind = 'sale' group by customer_id
), on_file as (
    select customer_id from residents where registered_on <= last_day()
)
select
    (select count(*) from on_file) as registered,
    (select count(*) from on_file anti join bought using (customer_id)) as never_bought,
    count(*) as ever_bought,
    count(*) filter (orders = 1) as one_time,
    count(*) filter (orders > 1) as repeat,
    (select count(distinct customer_id) from orders where kind = 'sale') as customers,
    count(*) filter (first_order >= first_day()) as new_customers,
    (select count(*) from orders where kind = 'sale' and customer_id is null) as guests
from bought
