-- Bids of each auction and day.
CREATE TABLE sink (
  auction BIGINT, `day` STRING, bids0 BIGINT, bids1 BIGINT, bids2 BIGINT, bids3 BIGINT,
  least BIGINT, most BIGINT, average BIGINT, total BIGINT
) WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT auction, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd'), COUNT(*),
       COUNT(*) FILTER (WHERE price < 10000),
       COUNT(*) FILTER (WHERE price >= 10000 AND price < 1000000),
       COUNT(*) FILTER (WHERE price >= 1000000),
       MIN(price), MAX(price), AVG(price), SUM(price)
FROM bid GROUP BY auction, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd');
