show tables; show tables from a.b not like 'x%'; show views in c ilike 'y'; show current database;
show create table a.t; show columns from t; show user functions; show partitions t;
use catalog c; use c.d; use `catalog`;
set; set 'a.b' = 'c'; set table.exec.mini-batch.size = 10 s; reset; reset 'a.b'; reset a.b
