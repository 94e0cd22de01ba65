-- Average winning price of each category.
CREATE TABLE sink (category BIGINT, average BIGINT)
  WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT w.category, AVG(w.price)
FROM (
  SELECT MAX(b.price) AS price, a.category
  FROM auction AS a JOIN bid AS b ON a.id = b.auction
  WHERE b.`dateTime` BETWEEN a.`dateTime` AND a.expires
  GROUP BY a.id, a.category) AS w
GROUP BY w.category;
