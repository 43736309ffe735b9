select country, tax_rate / 100 as tax_rate, sum(revenue) as revenue, sum(tax) as tax
from (
    select country_id, tax_rate, sum(revenue) as revenue, sum(tax) as tax from lines group by all
) join countries using (country_id)
group by all
order by country, tax_rate
