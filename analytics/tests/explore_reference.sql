-- Every document and every line with all that it may be grouped by, each looked up row by row.
-- Variables: `scope`, the ids of the reader's countries or null; `returns_on`; `week_start`.
create or replace table documents as
select own.* exclude (placed_at, day),
    if(own.kind = 'return' and getvariable('returns_on') = 'order',
        coalesce(sale.placed_at, own.placed_at), own.placed_at) as placed_at,
    if(own.kind = 'return' and getvariable('returns_on') = 'order',
        coalesce(sale.day, own.day), own.day) as day, own.day as own_day
from all_orders own left join all_orders sale on sale.order_id = own.returns_id
where own.status <> 'canceled'
    and (getvariable('scope') is null or list_contains(getvariable('scope'), own.country_id));

create or replace table sales as from documents where kind = 'sale' and customer_id is not null;

-- Which sale of its customer a sale is, and how many days after the one before.
create or replace table places as
select order_id,
    (select count(*) from sales s where s.customer_id = sales.customer_id
        and (s.placed_at < sales.placed_at
            or s.placed_at = sales.placed_at and s.order_id <= sales.order_id)) as nth,
    day - (select max(day) from sales s where s.customer_id = sales.customer_id
        and (s.placed_at < sales.placed_at
            or s.placed_at = sales.placed_at and s.order_id < sales.order_id)) as days_since
from sales;

create or replace table wide_orders as
select d.*,
    date_trunc('hour', placed_at) as date_hour,
    day - ((isodow(day) - getvariable('week_start') + 7) % 7)::int as week,
    date_trunc('month', day)::date as month, date_trunc('quarter', day)::date as quarter,
    date_trunc('year', day)::date as year,
    isodow(day) as weekday, hour(placed_at) as hour, dayofmonth(day) as day_of_month,
    month(day) as month_of_year,
    (select country from countries c where c.country_id = d.country_id) as country,
    (select customer from customers c where c.customer_id = d.customer_id) as customer,
    (select code from customers c where c.customer_id = d.customer_id) as code,
    -- A return belongs to the sale that it returns; one of a sale that nobody knows to no first.
    coalesce((select nth = 1 from places p where p.order_id = if(d.kind = 'sale', d.order_id,
        d.returns_id)), false) as of_first_order,
    case when customer_id is null then 'guest' when exists(from places p where nth = 1
        and p.order_id = if(d.kind = 'sale', d.order_id, d.returns_id)) then 'new'
        else 'returning' end as new_or_returning,
    (select date_trunc('month', min(s.day))::date from sales s
        where s.customer_id = d.customer_id) as cohort,
    if(customer_id is null, 'guest', 'registered') as buyer,
    if(d.voucher > 0, 'yes', 'no') as voucher_used,
    if(d.kind = 'sale', d.gross - d.discount, null) as value_of_order,
    if(d.kind = 'sale', d.units, null) as units_of_order,
    if(d.kind = 'sale', (select days_since from places p where p.order_id = d.order_id), null)
        as days_between
from documents d;

create or replace table wide_lines as
select l.line_id, l.product_id, l.units, l.returned_units, l.gross, l.discount, l.returned,
    l.revenue, l.tax, l.costed, l.cost,
    o.* exclude (units, returned_units, gross, discount, returned, revenue, tax, costed, cost,
        shipping, voucher),
    p.* exclude product_id
from all_lines l join wide_orders o using (order_id) left join goods p using (product_id);

create or replace table wide_tags as
select l.*, t.tag from wide_lines l left join tags t using (product_id);
