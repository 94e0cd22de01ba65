select 1;
select all a, b as c, d `e f`, t.*, * from t;
select distinct a.b.* from x.y.z as a (b, c) where d > 1 group by e having count(*) > 2;
select /*+ state_ttl('a' = '1d', 'b'='2 h'), broadcast(t, 'u', 3) */ a from t /*+ options('k'='v') */ as x;
select a from t order by a desc nulls first, b asc limit 10 offset 5 rows;
select a from t limit all;
select a from t offset 2 fetch next row only;
select a from t fetch first 3 rows only;
select 1 from t group by (), a, (b), (c, d), row(e), rollup (a, (b, c)), cube(a), grouping sets ((a), (a, b), (), rollup(c));
select 1 from t group by distinct (a + b) * 2, tumble(ts, interval '1' hour);
select sum(a) over w from t window w as (partition by b), v as (w order by c) qualify row_number() over v = 1;
select 1 union select 2 union all select 3 union all select 4
