with sums as (
    select country_id, count(distinct customer_id) filter (kind = 'sale') as customers,
        count(*) filter (kind = 'sale') as orders, sum(revenue) as revenue
    from buyers group by country_id
)
select country_id, country, country_code, customers, orders, revenue,
    revenue / nullif(customers, 0) as revenue_per_customer,
    orders / nullif(customers, 0) as orders_per_customer
from sums join countries using (country_id)
order by customers desc, revenue desc, country_id
