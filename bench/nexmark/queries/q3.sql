-- Local item suggestion: an unbounded join of auctions and persons.
CREATE TABLE sink (name STRING, city STRING, state STRING, id BIGINT)
  WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT p.name, p.city, p.state, a.id
FROM auction AS a JOIN person AS p ON a.seller = p.id
WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA');
