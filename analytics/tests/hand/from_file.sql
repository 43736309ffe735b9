-- Documents as the UCI's Online Retail file tells them. Two rules make sales and returns of its
-- rows: no price is below zero, and a negative quantity outside of a return (C…) corrects stock.
-- People, goods and places come from the books, for nothing but their ids and names.
create table file as
select InvoiceNo as order_id, if(InvoiceNo like 'C%', 'return', 'sale') as kind,
    StockCode as sku, regexp_replace(CustomerID, '[.]0$', '') as code,
    case Country when 'EIRE' then 'Ireland' when 'USA' then 'United States'
        when 'RSA' then 'South Africa' when 'Czech Republic' then 'Czechia'
        else Country end as country,
    cast(InvoiceDate as timestamp) as moment, abs(cast(Quantity as bigint)) as quantity,
    abs(cast(Quantity as bigint)) * cast(UnitPrice as decimal(18, 4)) as amount
from read_csv('{file}', header = true, all_varchar = true)
where cast(UnitPrice as double) >= 0 and (InvoiceNo like 'C%' or cast(Quantity as bigint) >= 0);

create table all_lines as
select order_id, kind, product_id, customer_id, countries.country_id,
    min(moment) over (partition by order_id) as placed_at, cast(placed_at as date) as day,
    if(kind = 'sale', quantity, 0) as units, if(kind = 'return', quantity, 0) as returned_units,
    if(kind = 'sale', amount, 0) as gross, if(kind = 'return', amount, 0) as returned,
    if(kind = 'sale', amount, -amount) as revenue,
    0 as discount, 0 as tax_rate, 0 as tax, 0 as costed, 0 as cost  -- it tells of none
from file left join products using (sku) left join customers using (code)
    left join countries using (country);

create table all_orders as
select order_id, kind, customer_id, country_id, placed_at, day, sum(units) as units,
    sum(returned_units) as returned_units, sum(gross) as gross, sum(returned) as returned,
    sum(revenue) as revenue, 0 as discount, 0 as tax, 0 as costed, 0 as cost, 0 as shipping
from all_lines
group by all;
