-- Statements in Latin-1 bytes.
\encoding LATIN1
select 'caf\xe9' as caf\xe9, length('\xe9\xe8');
select 1 as "\xfc\xdf" from nirgendw\xf6;
selct '\xe9';
create temporary table "t\xe4" ("sp\xe4lte" text);
insert into "t\xe4" values ('\xa9\xae');
copy "t\xe4" from stdin;
\xe4\xf6\xfc
\.
table "t\xe4";
copy "t\xe4" to stdout;
prepare "\xfc" as select '\xe9' || $1;
execute "\xfc" ('\xe8');
