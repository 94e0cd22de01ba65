create database c.d with ('a' = 'b');
drop table if exists a.b;
drop temporary system function f;
drop temporary view v; drop database d cascade; drop catalog c restrict;
alter table if exists t rename to a.u;
alter table t rename a to b;
alter table t set ('a' = 'b', 'c' = 'd');
alter table t reset ('a', 'b');
alter table t add a int first;
alter table t add (a int comment 'x' after b, c as a + 1, watermark for d as d, primary key (a) not enforced);
alter table t modify watermark for a as a - interval '1' second;
alter table t drop a; alter table t drop (a, b); alter table t drop `distribution`
