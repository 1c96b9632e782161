-- COPY in and out in every format, with data in the script, errors in the middle and statements behind it.
create schema fidelity;
set search_path to fidelity;
create table c (id int primary key, t text, b bytea);
copy c from stdin;
1	plain	\\x00ff
2	\N	\N
3	tab\there\nand\\	\\x
\.
table c order by id;
copy c to stdout;
copy c (t, id) to stdout with (format csv, header, force_quote *);
copy (select id, t from c order by id desc) to stdout with (format csv, delimiter ';', null 'nil');
copy c from stdin with (format csv, header);
id,t,b
4,"quoted, with ""quotes""",\x01
5,,
\.
copy c from stdin;
6	only two
7	and	\\x	four
\.
select count(*) from c;
copy c from stdin;
not a number	x	\\x
\.
copy c from stdin;
1	duplicate	\\x
\.
begin;
copy c from stdin;
8	in a transaction	\N
\.
rollback;
copy c from stdin where id > 9;
9	left out	\N
10	kept	\N
\.
select id, t from c order by id;
copy nowhere to stdout;
copy nowhere from stdin;
copy c (nothing) to stdout;
copy (select 1 / 0) to stdout;
copy (select n, repeat('row ', n % 50) from generate_series(1, 2000) n) to stdout;
select 'before'\; copy (select 1) to stdout\; select 'after';
\copy (select 1, 'from psql') to stdout
\copy c (id, t) from stdin
11	by psql
\.
copy c from stdin;
\.
delete from c where id = 11 returning *;
drop schema fidelity cascade;
