-- Shipping and its tax to fractions of a coin: the file tells of neither.
with goods as (
    select order_id, country_id, tax_rate, shipping, orders.tax as all_tax,
        sum(lines.tax) as tax, sum(lines.revenue) as net
    from orders join lines using (order_id, country_id)
    where shipping <> 0 and orders.tax <> 0
    group by all
), taxed as (
    select country_id, tax_rate, 0 as revenue,
        shipping * net / sum(net) over one_order as taxable_shipping,
        (all_tax - sum(tax) over one_order) * net * tax_rate
            / sum(net * tax_rate) over one_order as tax
    from goods
    window one_order as (partition by order_id)
    qualify all_tax <> sum(tax) over one_order
)
select country, tax_rate / 100 as tax_rate, sum(revenue) as revenue,
    sum(taxable_shipping) as taxable_shipping, sum(tax) as tax
from (
    select country_id, tax_rate, sum(revenue) as revenue, 0 as taxable_shipping, sum(tax) as tax
    from lines
    group by all
    union all by name
    from taxed
) join countries using (country_id)
group by all
order by country, tax_rate
