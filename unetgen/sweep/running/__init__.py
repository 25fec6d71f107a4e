"""A sweep at work: Hydra's sweeper and launcher, a job a point, what is shown meanwhile."""
