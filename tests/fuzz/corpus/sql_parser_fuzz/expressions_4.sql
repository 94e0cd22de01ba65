SELECT sum(a) over (w partition by b, c order by d asc nulls first rows between 1 preceding and unbounded following);
SELECT sum(a) over (order by d range interval '1' hour preceding);
SELECT count(*) over (rows between current row and 1 following);
SELECT f(a => 1, b => default, c => table t partition by x order by y, d => descriptor(p, q));
SELECT tumble(table (select 1), descriptor(ts), interval '1' minute);
SELECT f(table a.b partition by (x, y) order by (z desc, w));
SELECT array[] || array[1, array[2]] || map['a', 1]['a'] || multiset[1];
SELECT `map`['a'];
SELECT row(1) + row(1, 2) + (1, 2);
SELECT array(select 1) + map(select 1, 2) + multiset(select 1) + (select 1);
SELECT ((select 1) order by 1 limit 1);
SELECT final last(a.x, 1) + running sum(b.y) + prev(c.z);
SELECT a /* b */ + -- c
1
