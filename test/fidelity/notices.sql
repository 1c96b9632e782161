-- Notices of every level, in order with results; notifications; settings that are reported.
set client_min_messages to debug1;
do $$ begin raise debug 'd'; raise log 'l'; raise info 'i'; raise notice 'n'; raise warning 'w'; end $$;
set client_min_messages to error;
do $$ begin raise warning 'unheard'; end $$;
reset client_min_messages;
do $$ begin raise notice using message = 'all fields', detail = 'detail', hint = 'hint', errcode = '01234'; end $$;
\set VERBOSITY verbose
do $$ begin raise warning 'ünïcödé 漢字 🎉'; end $$;
\set VERBOSITY default
do $$ begin for i in 1..300 loop raise notice 'number % %', i, repeat('x', i); end loop; end $$;
select 1; do $$ begin raise notice 'between'; end $$; select 2;
rollback;
drop table if exists nothing_at_all;
create temporary table fidelity_t (x int);
create temporary table if not exists fidelity_t (x int);
set application_name to 'fidelity';
show application_name;
set timezone to 'Europe/Berlin';
show timezone;
set local timezone to 'UTC';
listen fidelity_channel;
listen fidelity_channel;
unlisten fidelity_channel;
unlisten *;
select current_setting('application_name'), set_config('application_name', 'other', false);
discard all;
show application_name;
reset all;
\encoding
