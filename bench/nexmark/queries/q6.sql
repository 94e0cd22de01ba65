-- The average price of the last ten auctions of each seller that were won.
CREATE TABLE sink (seller BIGINT, average BIGINT) WITH ('connector' = 'blackhole');
CREATE VIEW winning AS
SELECT seller, price, `dateTime` FROM (
  SELECT a.id, a.seller, b.price, b.`dateTime`,
         ROW_NUMBER() OVER (PARTITION BY a.id, a.seller
                            ORDER BY b.price DESC) AS place
  FROM auction AS a JOIN bid AS b
  ON a.id = b.auction AND b.`dateTime` BETWEEN a.`dateTime` AND a.expires)
WHERE place <= 1;
INSERT INTO sink
SELECT seller, AVG(price) OVER (PARTITION BY seller ORDER BY `dateTime`
                                ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)
FROM winning;
