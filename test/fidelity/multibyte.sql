-- Statements in Shift JIS, whose second bytes look like ASCII: 0x5c is a backslash.
\encoding SJIS
select '\x95\x5c\x8e\xa6' as "\x95\x5c";
select length('\x83\x5c\x83\x5c'), '\x83\x5c' = U&'\30BD' as katakana;
select '\x95\x5c' from nowhere;
\encoding BIG5
select '\xa5\x5c' as one, length('\xa5\x5c\xa5\x5c');
\encoding GBK
select '\xd5\x5c' as one, length('\xd5\x5c');
\encoding UHC
select '\xb0\xa1' as ga;
