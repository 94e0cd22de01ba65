-- Bids of each day: all, by price, by how many people, on how many auctions.
CREATE TABLE sink (
  `day` STRING,
  bids0 BIGINT, bids1 BIGINT, bids2 BIGINT, bids3 BIGINT,
  bidders0 BIGINT, bidders1 BIGINT, bidders2 BIGINT, bidders3 BIGINT,
  auctions0 BIGINT, auctions1 BIGINT, auctions2 BIGINT, auctions3 BIGINT
) WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT DATE_FORMAT(`dateTime`, 'yyyy-MM-dd'), COUNT(*),
       COUNT(*) FILTER (WHERE price < 10000),
       COUNT(*) FILTER (WHERE price >= 10000 AND price < 1000000),
       COUNT(*) FILTER (WHERE price >= 1000000),
       COUNT(DISTINCT bidder),
       COUNT(DISTINCT bidder) FILTER (WHERE price < 10000),
       COUNT(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000),
       COUNT(DISTINCT bidder) FILTER (WHERE price >= 1000000),
       COUNT(DISTINCT auction),
       COUNT(DISTINCT auction) FILTER (WHERE price < 10000),
       COUNT(DISTINCT auction) FILTER (WHERE price >= 10000 AND price < 1000000),
       COUNT(DISTINCT auction) FILTER (WHERE price >= 1000000)
FROM bid GROUP BY DATE_FORMAT(`dateTime`, 'yyyy-MM-dd');
