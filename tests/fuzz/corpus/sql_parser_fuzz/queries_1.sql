select 1 union select 2 intersect select 3 except select 4;
(select 1 order by 1) union distinct (select 2 limit 1) order by 1;
(select 1 limit 5) limit 3;
((select 1));
values 1, (2), (3, 'a'), row(4, 'b');
table a.b;
with a as (select 1), b (x, y) as (values (1, 2)) select * from a, b;
with a as (select 1) (select 2);
select * from a join b on a.x = b.x left outer join c using (y, z) natural full join d cross join e;
select * from a, b inner join c on true, d;
select * from (a, b) join (c right join d on true) on x;
select * from ((select 1) union (select 2)) t, (values (1, 2)) as v (a, b), (table t), (select 1)
