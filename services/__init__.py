"""One room for each service; they meet in Kafka only."""
