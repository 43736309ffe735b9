-- What the statements ask. The variables `start` and "end" say which days, `country` where.
create macro first_day() as getvariable('start');
create macro last_day() as getvariable('end');
create macro here(id) as getvariable('country') is null or id = getvariable('country');

-- As many whole months before whole months, as many days before other days.
create macro whole_months() as
    if(day(first_day()::date) = 1 and day(last_day()::date + 1) = 1,
        datediff('month', first_day()::date, last_day()::date) + 1, 0);
create macro first_day_before() as
    if(whole_months() > 0, first_day()::date - to_months(whole_months()::int),
        first_day()::date - to_days((last_day()::date - first_day()::date + 1)::int))::date;
create macro known_before() as first_day_before() >= (select min(day) from all_orders);

create view ever_lines as from all_lines where day <= last_day() and here(country_id);
create view ever_orders as from all_orders where day <= last_day() and here(country_id);
create view lines as from ever_lines where day >= first_day();
create view goods as from lines;
create view orders as from ever_orders where day >= first_day();
create view history as from ever_orders where customer_id is not null;
create view buyers as from orders where customer_id is not null;
create view residents as from customers where here(country_id);
create view days as
    select unnest(generate_series(first_day(), last_day(), interval 1 day))::date as day;
