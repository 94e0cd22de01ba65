-- Dear bids by the time of day, with how often a letter is in their text. The
-- suite counts it in a function of its own; here both engines have theirs.
CREATE TABLE sink (auction BIGINT, bidder BIGINT, price DECIMAL(23, 3),
  time_type STRING, `dateTime` TIMESTAMP(3), extra STRING, c_counts INT)
WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT auction, bidder, 0.908 * price,
  CASE WHEN HOUR(`dateTime`) >= 8 AND HOUR(`dateTime`) <= 18 THEN 'dayTime'
       WHEN HOUR(`dateTime`) <= 6 OR HOUR(`dateTime`) >= 20 THEN 'nightTime'
       ELSE 'otherTime' END,
  `dateTime`, extra, CHAR_LENGTH(extra) - CHAR_LENGTH(REPLACE(extra, 'c', ''))
FROM bid
WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000;
