-- The winning bid of each auction.
CREATE TABLE sink (
  id BIGINT, itemName STRING, description STRING, initialBid BIGINT,
  reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3),
  seller BIGINT, category BIGINT, extra STRING, auction BIGINT,
  bidder BIGINT, price BIGINT, bid_time TIMESTAMP(3), bid_extra STRING
) WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT id, itemName, description, initialBid, reserve, `dateTime`, expires,
       seller, category, extra, auction, bidder, price, bid_time, bid_extra
FROM (
  SELECT a.*, b.auction, b.bidder, b.price, b.`dateTime` AS bid_time,
         b.extra AS bid_extra,
         ROW_NUMBER() OVER (PARTITION BY a.id
                            ORDER BY b.price DESC, b.`dateTime`) AS place
  FROM auction AS a JOIN bid AS b
  ON a.id = b.auction AND b.`dateTime` BETWEEN a.`dateTime` AND a.expires)
WHERE place <= 1;
