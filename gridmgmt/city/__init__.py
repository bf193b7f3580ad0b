"""City profile (城市配置): what one database holds and what may never be a silent default."""
