-- Transaction status as the prompt shows it, through every way in and out of a block.
\set PROMPT1 '%x '
begin;
select 1;
select 1 / 0;
select 2;
rollback;
begin transaction isolation level serializable read only deferrable;
show transaction_isolation;
create table fidelity_no (x int);
commit;
begin;
commit and chain;
rollback and chain;
rollback;
commit;
rollback;
begin;
begin;
savepoint a;
select 1 / 0;
rollback to savepoint a;
savepoint a;
release savepoint a;
release savepoint a;
rollback;
start transaction read only;
update orders set status = 'x' where id = 1;
end;
begin; select 1 / 0; commit; select 'outside';
begin\; select 1\; select 1 / 0\; commit;
select 1\; begin\; select 2;
commit;
set session characteristics as transaction read only;
update orders set status = 'x' where id = 1;
set session characteristics as transaction read write;
begin;
set local timezone to 'Asia/Tokyo';
show timezone;
rollback;
show timezone;
begin;
create temporary table fidelity_temp (x int) on commit drop;
insert into fidelity_temp values (1), (2);
table fidelity_temp;
commit;
begin;
set constraints all deferred;
lock table orders in share mode;
select count(*) from orders for update;
select id from orders order by id limit 1 for update skip locked;
abort;
\set ON_ERROR_ROLLBACK on
begin;
select 1 / 0;
select 'still here';
commit;
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT off
select 'in a block';
rollback;
\set AUTOCOMMIT on
\echo :SERVER_ENCODING :ENCODING
