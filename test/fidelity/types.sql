-- Values of every built-in type and of types that a database makes, as psql shows them.
create schema fidelity;
set search_path to fidelity;
create type mood as enum ('calm', 'it''s "fine"');
create type pair as (a integer, b text);
create domain positive as integer check (value > 0);
create type span as range (subtype = float8);
select 1::smallint, -2::integer, 9223372036854775807::bigint, 1.50::numeric, 'NaN'::numeric, 'Infinity'::float8, 1e-7::float4;
select 0.1::float4 + 0.2::float4, 0.1::float8 + 0.2::float8, 12345678901234567890.123456789::numeric;
select 'text'::text, 'char'::char(8), 'v'::varchar(3), 'name'::name, '"c"'::"char", ''::text, null::text;
select '\x00ff0a5c'::bytea, E'\\000a\\\\'::bytea;
set bytea_output to escape;
select '\x00ff0a5c41'::bytea;
reset bytea_output;
select true, false, null::boolean;
select '2025-03-04'::date, '04:05:06.789'::time, '04:05:06+02'::timetz, '2025-03-04 05:06:07.890123'::timestamp;
set timezone to 'Asia/Kolkata';
set datestyle to 'German, DMY';
set intervalstyle to 'iso_8601';
select '2025-03-04 05:06:07+00'::timestamptz, '1 year 2 mons 3 days 04:05:06'::interval;
reset timezone; reset datestyle; reset intervalstyle;
select 'infinity'::timestamptz, '-infinity'::date, '0044-03-15 BC'::date;
select '{1,NULL,3}'::int[], '{{a,b},{"c,d","e\"f"}}'::text[], '[2:3]={x,y}'::text[];
select '{"k": [1, null, {"x": "y"}]}'::json, '{"b": 1, "a": 2}'::jsonb, '$.a[*] ? (@ > 1)'::jsonpath;
select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '192.168.0.0/24'::cidr, '::1'::inet, '08:00:2b:01:02:03'::macaddr;
select '(1,2)'::point, '[(0,0),(1,1)]'::lseg, '((0,0),(1,1),(2,0))'::polygon, '<(1,1),2>'::circle, '{1,2,3}'::line;
select '[1,5)'::int4range, '{[1,3),[5,7)}'::int4multirange, '[0.5,1.5]'::span;
select 'calm'::mood, '(1,"two, three")'::pair, 5::positive, row(1, 'a', null, row(2));
select 'a fat cat'::tsvector, 'fat & (cat | rat)'::tsquery, B'1010'::bit(4), B'101'::varbit, '12.34'::money;
select '<a><b>c</b></a>'::xml, 'pg_class'::regclass, 'integer'::regtype, 'now'::regproc, '16/B374D848'::pg_lsn;
select 'ünïcödé 漢字 🎉' as "Spalte mit ""Anführung"" und 漢字", U&'\0441\043B\043E\043D' as u, E'\u00e9\n\t\\';
select $tag$it's $1 and $$ inside$tag$, 'a' 'b';
select 'a'
  'b';
select from generate_series(1, 3);
select repeat('wide ', 2000);
select array_agg(n) from generate_series(1, 500) n;
\x on
select 1 as one, 'two' as "two columns", null as nothing;
\x off
\pset null '∅'
select null, 1;
\pset format csv
select 'a,b', 'c"d', E'e\nf';
\pset format aligned
select 7 as lucky \gset
select :lucky * 6 as answer, :'lucky' as quoted;
select 1 as a, 2 as b union all select 3, 4 order by 1 desc \crosstabview
select 1 as a \gdesc
select format('select %s as made', n) from generate_series(1, 3) n \gexec
drop schema fidelity cascade;
