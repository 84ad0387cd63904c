//! Budgets: the time that all exercises of a submission may take together, in all attempts at them.
//!
//! A job may be that of many submissions with equal sources. It is charged to each of them, and runs as long as one of
//! them has time left: nobody loses a result by what somebody else handed in.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time that each submission has used.
#[derive(Debug)]
pub(crate) struct Budgets {
    limit: Duration,
    used: Mutex<Vec<Duration>>,
}

/// The budgets of the submissions that a job belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JobBudget<'a> {
    budgets: &'a Budgets,
    owners: &'a [usize],
}

impl Budgets {
    /// Gives each of a number of submissions the same time.
    pub(crate) fn new(limit: Duration, submissions: usize) -> Self {
        Self {
            limit,
            used: Mutex::new(vec![Duration::ZERO; submissions]),
        }
    }

    /// Returns the budgets of some submissions. A job of none, such as a stub's, has no limit.
    pub(crate) fn of<'a>(&'a self, owners: &'a [usize]) -> JobBudget<'a> {
        JobBudget {
            budgets: self,
            owners,
        }
    }
}

impl JobBudget<'_> {
    /// Returns the time that is left.
    pub(crate) fn remaining(&self) -> Duration {
        let used = self.budgets.used.lock();
        let used = used.unwrap_or_else(PoisonError::into_inner);
        let least = self.owners.iter().map(|owner| used[*owner]).min();
        least.map_or(Duration::MAX, |least| {
            self.budgets.limit.saturating_sub(least)
        })
    }

    /// Returns `true` if no time is left.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Takes some time away.
    pub(crate) fn charge(&self, time: Duration) {
        let used = self.budgets.used.lock();
        let mut used = used.unwrap_or_else(PoisonError::into_inner);
        for owner in self.owners {
            used[*owner] = used[*owner].saturating_add(time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_goes_on_while_one_of_its_submissions_has_time() {
        let budgets = Budgets::new(Duration::from_secs(10), 2);
        let (first, both, stub) = (budgets.of(&[0]), budgets.of(&[0, 1]), budgets.of(&[]));
        first.charge(Duration::from_secs(9));
        assert_eq!(first.remaining(), Duration::from_secs(1));
        assert_eq!(both.remaining(), Duration::from_secs(10));
        both.charge(Duration::from_secs(2));
        assert!(first.is_exhausted() && !both.is_exhausted());
        stub.charge(Duration::from_secs(100));
        assert!(!stub.is_exhausted());
    }
}
