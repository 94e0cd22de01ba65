alter table t drop watermark; alter table t drop primary key; alter table t drop constraint c; alter table t drop distribution;
alter view v rename to w; alter view v as select 1;
alter database d set ('a' = 'b'); alter catalog c set ('a' = 'b'); alter catalog c reset ('a');
insert into t select 1;
insert into table a.b /*+ options('k'='v') */ partition (p = 'x', q = 3) (c, d) values (1, 2), (3, 4);
insert overwrite t (select 1) union all (select 2);
insert into t with a as (select 1) select * from a;
execute statement set begin insert into a select 1; insert into b select 2; end;
begin statement set; insert into a select 1; insert into b select 2; end;;
explain select 1; explain plan for insert into a select 1;
explain estimated_cost, changelog_mode statement set begin insert into a select 1; end;
describe t; desc extended a.t; describe catalog c; desc database extended d; describe function f; describe catalog
