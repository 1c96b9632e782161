-- Definitions, what psql says of them, and the notices that they cause.
create schema fidelity;
set search_path to fidelity, public;
create table t (id serial primary key, name text not null default 'n', amount numeric(8, 2) check (amount >= 0));
create table t (id int);
create table if not exists t (id int);
create unique index on t (lower(name));
create index concurrently later on t (amount);
alter table t add column extra jsonb, alter column name drop default, rename constraint t_amount_check to positive;
alter table t rename to renamed;
comment on table renamed is 'a comment';
create view v as select id, name from renamed with cascaded check option;
create materialized view m as select count(*) from renamed;
refresh materialized view m;
create sequence s increment 5 start 100;
select nextval('s'), nextval('s'), currval('s'), lastval();
create function double(x int) returns int language sql immutable return x * 2;
create procedure note(inout x int) language plpgsql as $$ begin x := x + 1; raise notice 'now %', x; commit; end $$;
call note(41);
select double(21);
create function trigger_it() returns trigger language plpgsql as $$ begin raise notice '% on %', tg_op, tg_table_name; return new; end $$;
create trigger loud before insert or update on renamed for each row execute function trigger_it();
insert into renamed (name, amount) values ('a', 1), ('b', 2) returning *;
update renamed set amount = amount + 1 where name = 'a' returning id, amount;
merge into renamed using (values ('a', 10), ('c', 30)) as given (name, amount) on renamed.name = given.name
  when matched then update set amount = given.amount when not matched then insert (name, amount) values (given.name, given.amount);
delete from renamed where name = 'b';
insert into renamed (name) values ('a') on conflict do nothing;
create rule quiet as on delete to v do instead nothing;
delete from v where id = 1;
\d renamed
\d+ v
\df+ double
\dt fidelity.*
\ds
\dv
\dn+ fidelity
\sf double
\sv v
truncate renamed restart identity cascade;
create table parts (at date, what text) partition by range (at);
create table parts_2025 partition of parts for values from ('2025-01-01') to ('2026-01-01');
insert into parts values ('2025-05-05', 'in'), ('2024-05-05', 'out');
insert into parts values ('2025-05-05', 'in');
\d+ parts
create table copy as select * from parts;
select * into another from parts;
explain (costs off) select * from parts where at = '2025-05-05';
explain (costs off, analyze, timing off, summary off, buffers off) select count(*) from parts;
vacuum renamed;
grant select on renamed to public;
\dp renamed
revoke select on renamed from public;
drop table nothing;
drop table if exists nothing;
drop function double(text);
drop table renamed;
drop schema fidelity cascade;
