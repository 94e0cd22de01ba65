SELECT 12345678901234567890123456789012345678901234567890;
SELECT .5 + 5. + 1e3 + 1.5E-3;
SELECT 'it''s';
SELECT 'a'
  'b';
SELECT N'x' || _UTF8'y';
SELECT U&'\00e9\+01F600';
SELECT U&'d!0061t!!' UESCAPE '!';
SELECT x'48656C';
SELECT (true, False, UNKNOWN, null);
SELECT date '2020-02-29';
SELECT timestamp with local time zone '2020-02-29 00:00:00';
SELECT interval '1 02:03' day to minute;
SELECT interval - '1' days;
SELECT INTERVAL '1.5' SECOND(2,6);
SELECT interval 5 minute;
SELECT interval (a + b) hour;
SELECT interval ('5') day;
SELECT (a - b) day;
SELECT ((a - b) - c) day;
SELECT `a b`.c.`d``e`;
SELECT `select`;
SELECT größe + 名前;
SELECT (c_row).a.b;
SELECT f(x).y[1].z['k'];
SELECT cat.db.f(1)
