//! End-to-end comparisons of levante with its peers.
