-- Bids with a value from a table of 10,000 rows, looked up as they come.
CREATE TABLE side_input (key BIGINT, `value` STRING) WITH
  ('connector' = 'filesystem', 'path' = '${SCRATCH}/side_input.json',
   'format' = 'json');
CREATE TABLE sink (auction BIGINT, bidder BIGINT, price BIGINT,
  `dateTime` TIMESTAMP(3), `value` STRING) WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT b.auction, b.bidder, b.price, b.`dateTime`, s.`value`
FROM (SELECT *, PROCTIME() AS now FROM bid) AS b
JOIN side_input FOR SYSTEM_TIME AS OF b.now AS s
  ON MOD(b.auction, 10000) = s.key;
