-- How many bids each person makes in ten seconds of the clock.
CREATE TABLE sink (bidder BIGINT, bids BIGINT, starts TIMESTAMP(3), ends TIMESTAMP(3))
WITH ('connector' = 'blackhole');
CREATE VIEW clocked AS SELECT *, PROCTIME() AS p_time FROM bid;
INSERT INTO sink
SELECT bidder, COUNT(*), window_start, window_end
FROM TABLE(TUMBLE(TABLE clocked, DESCRIPTOR(p_time), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end;
