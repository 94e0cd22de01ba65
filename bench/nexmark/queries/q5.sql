-- Hot items: the auctions with the most bids of each sliding window.
CREATE TABLE sink (auction BIGINT, num BIGINT) WITH ('connector' = 'blackhole');
CREATE VIEW counts AS
SELECT auction, COUNT(*) AS num, window_start AS starts, window_end AS ends
FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND,
               INTERVAL '10' SECOND))
GROUP BY auction, window_start, window_end;
INSERT INTO sink
SELECT c.auction, c.num
FROM counts AS c
JOIN (SELECT MAX(num) AS most, starts, ends FROM counts
      GROUP BY starts, ends) AS m
ON c.starts = m.starts AND c.ends = m.ends AND c.num >= m.most;
