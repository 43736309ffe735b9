with sums as (
    select coalesce(sum(gross), 0) as gross, coalesce(sum(discount), 0) as discount,
        coalesce(sum(returned), 0) as returned, coalesce(sum(tax), 0) as tax,
        coalesce(sum(shipping), 0) as shipping
    from orders
)
select step, amount from (
    select 1 as place, 'Gross sales' as step, gross as amount from sums
    union all select 2, 'Discounts', -discount from sums
    union all select 3, 'Returns', -returned from sums
    union all select 4, 'Net sales', gross - discount - returned from sums
    union all select 5, 'Tax', tax from sums
    union all select 6, 'Shipping', shipping from sums
    union all select 7, 'Total sales', gross - discount - returned + tax + shipping from sums
)
order by place
