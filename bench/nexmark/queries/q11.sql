-- How many bids each person makes without a pause of ten seconds.
CREATE TABLE sink (bidder BIGINT, bids BIGINT, starts TIMESTAMP(3), ends TIMESTAMP(3))
WITH ('connector' = 'blackhole');
INSERT INTO sink
SELECT bidder, COUNT(*), SESSION_START(`dateTime`, INTERVAL '10' SECOND),
       SESSION_END(`dateTime`, INTERVAL '10' SECOND)
FROM bid GROUP BY bidder, SESSION(`dateTime`, INTERVAL '10' SECOND);
