select * from t match_recognize (all rows per match show empty matches after match skip to a pattern (a) define a as true)
