-- The database that the corpus is run against. Everything that an attack could change is small enough to compare.
drop schema public cascade;
create schema public;
create schema archive;
create schema app;
create schema evil;

create table customers (
  id int primary key, name text, email text, phone text, created_at timestamptz default '2026-01-01'
);
create sequence orders_id_seq;
create table orders (
  id int default nextval('orders_id_seq'), customer_id int, email text, total numeric(10, 2), state text
);
create index orders_idx on orders (id);
create table payments (id int primary key, order_id int, card_number text, amount numeric(10, 2));
create table archive.payments (id int, order_id int, card_number text, amount numeric(10, 2));
create table person (id int, name text);
create table staff (id int, name text);
create table log (id int generated always as identity, line text);
create policy own on log using (false);
create table events (id int, at timestamptz, email text) partition by range (at);
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
create view customer_overview as select id, name, email as contact from customers;
create view order_totals as select total from orders;
create materialized view totals as select sum(total) as total from orders;

insert into customers select n, 'name ' || n, 'c' || n || '@example.com', '+49 30 ' || n from generate_series(2, 9) n;
insert into orders (id, customer_id, email, total, state)
  select n, 2 + n % 8, 'o' || n || '@example.com', n * 1.5, (array['new', 'paid', 'sent'])[1 + n % 3] from generate_series(1, 30) n;
insert into payments select n, n, '4242 4242 4242 ' || 1000 + n, n * 1.5 from generate_series(1, 12) n;
insert into archive.payments select * from payments where id < 4;
insert into staff select n, 'staff ' || n from generate_series(1, 4) n;
insert into log (line) values ('first');
insert into events select n, '2026-03-01'::timestamptz + n * interval '1 day', 'e@example.com' from generate_series(1, 5) n;
refresh materialized view totals;

-- Code of the database's own. What it writes is in these tables, so a call that slips through shows.
create function purge_customers(int) returns int language plpgsql as
  $$ begin delete from public.customers where id = $1; return $1; end $$;
create function "Purge"(int) returns int language sql as 'select purge_customers($1)';
create function purge_json(int) returns jsonb language sql as 'select to_jsonb(array[purge_customers($1)])';
create function purge_order(orders) returns int language sql as 'select purge_customers($1.id)';
create function initcap(int) returns int language sql as 'select purge_customers($1)';
create function pg_ls_dir(int) returns int language sql as 'select purge_customers($1)';
create function shout(text) returns text language sql immutable as 'select upper($1)';
create function audit() returns trigger language plpgsql as $$ begin insert into log (line) values ('x'); return null; end $$;
create function note_ddl() returns event_trigger language plpgsql as $$ begin end $$;
create procedure rotate() language plpgsql as $$ begin perform purge_customers(2); end $$;
create function app.wipe(int) returns int language plpgsql immutable as
  $$ begin perform public.purge_customers($1); return $1; end $$;
create function app.lower(text) returns text language sql as 'select purge_customers(2)::text';
create function app.plus(int, int) returns int language sql immutable as 'select $1 + $2';
create function app.hash(int) returns int language sql immutable as 'select $1';
create function app.later(int) returns timestamptz language sql as $$select '2030-01-01'::timestamptz$$;
create function app.minus(int, int) returns int language sql volatile as 'select purge_customers($1) - $2';
create operator public.#!# (leftarg = int, rightarg = int, function = app.plus);
create operator public.<-> (leftarg = int, rightarg = int, function = app.minus);
create operator app.+ (leftarg = int, rightarg = int, function = app.plus);

create foreign data wrapper nothing;
create server elsewhere foreign data wrapper nothing;
create foreign table remote (line text) server elsewhere;
