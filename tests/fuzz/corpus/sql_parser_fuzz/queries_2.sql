select * from orders as o join rates for system_time as of o.ts as r on o.c = r.c;
select * from table(tumble(table t, descriptor(ts), interval '1' minute)) as w;
select * from tumble(data => table t, timecol => descriptor(ts), size => interval '1' minute);
select * from table(session(table t partition by (a, b), descriptor(ts), interval '1' hour));
select * from a, lateral table(f(a.x)) as t (y) left join lateral table(g(x)) on true;
select * from a join lateral (select * from b where b.x = a.x limit 1) on true;
select * from t cross join unnest(a, b) with ordinality as u (x, y, n);
select * from table(t);
select * from t match_recognize (pattern (a) define a as true);
select m.x from (select * from t) as i match_recognize (partition by p, q order by ts desc measures a.x as x, last(b.y, 1) as y one row per match after match skip past last row pattern (a b+? c{2} d{1,}? e{,3} f{2,5} g?? h*) within interval '5' minute subset s = (a, b), r = (c) define a as a.x > 1, b as prev(b.x) < b.x) as m;
select * from t match_recognize (all rows per match with unmatched rows after match skip to first a pattern (^ (a | b c | (d e)*)+ {- f -} permute(a, b c) () $) define a as true);
select * from t match_recognize (all rows per match omit empty matches after match skip to next row pattern ((a+)+ ((b)) (c d) (e)) define a as true)
