-- Client encodings other than UTF8, by psql's \encoding and by SET. The bytes beyond ASCII are UTF8.
create temporary table words (w text);
insert into words values ('äöü ß é'), ('漢字'), ('plain');
\encoding LATIN1
select w from words where w like '%plain%';
\encoding UTF8
select w, length(w), octet_length(w) from words;
set client_encoding to 'SQL_ASCII';
select w from words;
set client_encoding to 'SJIS';
select chr(28450) || chr(23383), 'plain';
select w from words where w = 'plain';
select w from words;
reset client_encoding;
show client_encoding;
\encoding EUC_JP
select w from words where length(w) = 2;
\encoding BIG5
select w from words where length(w) = 2;
\encoding GBK
select w from words where length(w) = 2;
\encoding LATIN1
select w from words where length(w) = 2;
select w from words where w like '% %';
select chr(8364) as no_such_character;
\encoding WIN1252
select chr(8364) as euro;
select set_config('client_encoding', 'UTF8', false);
show client_encoding;
\encoding nothing
set client_encoding to 'nothing';
set names 'LATIN9';
select chr(8364);
set names default;
drop table words;
