//! Runs that are killed and started again.
