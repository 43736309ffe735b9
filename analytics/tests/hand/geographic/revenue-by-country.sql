select country, country_code, sum(revenue) as revenue,
    sum(revenue) / sum(sum(revenue)) over () as share,
    count(*) filter (kind = 'sale') as orders
from orders join countries using (country_id)
group by country, country_code
order by revenue desc, country
