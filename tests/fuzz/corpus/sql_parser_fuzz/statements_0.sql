;; select 1;; select 2 ;;
create table t (a int);
create temporary table if not exists c.d.t (a int not null comment 'x', b as a + 1 comment 'y', c timestamp(3) metadata from 'timestamp' virtual, `offset` bigint metadata, d row<e int>, watermark for c as c - interval '5' second, primary key (a, b) not enforced) comment 'z' distributed by hash(a) into 4 buckets partitioned by (a, b) with ('connector' = 'kafka', 'topic' = 'it''s');
create table t (a int primary key not enforced, b int constraint k unique, constraint c primary key (a) enforced) with ();
create table t (watermark for a.b as a.b) like u (including all excluding watermarks overwriting options);
create table t like a.b.u;
create table t with ('a' = 'b') as select 1;
create table t (a, b) distributed into 2 buckets as select 1, 2;
create or replace table t (a int) as select 1;
create or replace temporary view if not exists v (a comment 'x', b) comment 'y' as select 1, 2;
create temporary system function if not exists f as 'a.B' language java using jar 'x', jar 'y';
create catalog if not exists c comment 'x' with ('type' = 'memory')
