-- Bids with their auction, of one category.
CREATE TABLE sink (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING,
  url STRING, bid_time TIMESTAMP(3), item STRING, seller BIGINT,
  category BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.`dateTime`,
       a.itemName, a.seller, a.category
FROM bid AS b JOIN auction AS a ON b.auction = a.id
WHERE a.category = 10;
