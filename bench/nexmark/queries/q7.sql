-- Highest bid of each ten seconds.
CREATE TABLE sink (auction BIGINT, price BIGINT, bidder BIGINT,
  `dateTime` TIMESTAMP(3), extra STRING) WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT b.auction, b.price, b.bidder, b.`dateTime`, b.extra
FROM bid AS b
JOIN (SELECT MAX(price) AS price, window_end AS ends
      FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`),
                        INTERVAL '10' SECOND))
      GROUP BY window_start, window_end) AS m
ON b.price = m.price
WHERE b.`dateTime` BETWEEN m.ends - INTERVAL '10' SECOND AND m.ends;
