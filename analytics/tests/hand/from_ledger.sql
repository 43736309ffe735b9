create view all_lines as from read_parquet({lines}) where status <> 'canceled';
create view all_orders as from read_parquet({orders}) where status <> 'canceled';
create view products as from read_parquet({products});
create view customers as from read_parquet({customers});
create view countries as from read_parquet({countries});
