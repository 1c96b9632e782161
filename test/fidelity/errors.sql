-- Errors of the parser, of the analysis and of the execution, with every field that psql can show.
\set ON_ERROR_STOP off
selct 1;
select 1 +;
select * from
  nowhere where
  x = 1 and and y = 2;
select 'never closed;
';
select "never closed;
";
select $$ never closed; $ $$;
create table (x int);
select 1 as select;
insert into;
select é from;
select '漢字' as 漢字, wo bist du;
select 0x;
select 1 from 2;
\set VERBOSITY verbose
select 1 / 0;
select nothing from customers;
select * from nowhere;
select nowhere(1);
select 1 + 'a';
select 'abc'::integer;
select ('{' || '1,')::int[];
select 300::"char", 70000::smallint;
select '2025-02-30'::date;
select cast('{"a":' as jsonb);
select 1 limit -1;
select sum(id), name from customers;
select (select id from customers limit 2);
insert into customers (id, name, created_at) values (999999, 'incomplete', '2025-01-01 00:00:00+00');
insert into customers (id, name, email, phone, city) select id, name, email, phone, city from customers limit 1;
insert into orders (customer_id, item, status, total) values (-1, 'a', 'b', 1);
update orders set total = 1e20 where id = 1;
select pg_read_file('/nothing/here');
set nothing_like_it to 1;
set statement_timeout to 'soon';
set statement_timeout to '20ms';
select pg_sleep(10);
reset statement_timeout;
do $$ begin raise exception 'told %', 'so' using detail = 'the detail', hint = 'the hint', errcode = 'P0123', column = 'c', constraint = 'k', datatype = 't', table = 'r', schema = 's'; end $$;
do $$ begin perform 1 / 0; end $$;
\errverbose
\set VERBOSITY terse
select 1 / 0;
\set VERBOSITY sqlstate
select 1 / 0;
\set VERBOSITY default
\set SHOW_CONTEXT always
do $$ begin raise notice 'with context'; end $$;
select 1; select 1 / 0; select 2;
select 1\; select 1 / 0\; select 2;
prepare p as select $1::int / $2::int;
execute p (1, 0);
execute p (1);
execute nothing (1);
deallocate nothing;
:nothing;
\nothing
select :'unset';
