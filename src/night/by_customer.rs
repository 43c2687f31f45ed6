//! Rows in order of customer, with where the rows of each customer start: found by position, never searched.

use std::cmp::Ordering;
use std::ops::{Deref, DerefMut, Range};

/// Rows of one kind, those of one customer together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByCustomer<T> {
    rows: Vec<T>,
    /// First row of each customer, one more than there are customers.
    starts: Vec<u32>,
}

impl<T> Default for ByCustomer<T> {
    fn default() -> ByCustomer<T> {
        ByCustomer { rows: Vec::new(), starts: Vec::new() }
    }
}

impl<T: Copy> ByCustomer<T> {
    /// Sorts rows by customer, below `customers`, and then by `order`.
    pub fn sorted(rows: &[T], customers: usize, customer: impl Fn(&T) -> u32, order: impl FnMut(&T, &T) -> Ordering) -> ByCustomer<T> {
        let mut sorted = ByCustomer::gathered(rows, customers, customer);
        sorted.sort(order);
        sorted
    }

    /// Brings the rows of each customer, below `customers`, together, in the order they are in.
    pub fn gathered(rows: &[T], customers: usize, customer: impl Fn(&T) -> u32) -> ByCustomer<T> {
        let mut starts = vec![0_u32; customers + 1];
        for row in rows {
            starts[customer(row) as usize + 1] += 1;
        }
        for at in 0..customers {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut order = vec![0_u32; rows.len()];
        for (at, row) in (0_u32..).zip(rows) {
            let place = &mut next[customer(row) as usize];
            order[*place as usize] = at;
            *place += 1;
        }
        ByCustomer { rows: order.into_iter().map(|at| rows[at as usize]).collect(), starts }
    }
}

impl<T> ByCustomer<T> {
    /// Sorts the rows of each customer by `order`.
    pub fn sort(&mut self, mut order: impl FnMut(&T, &T) -> Ordering) {
        for ends in self.starts.windows(2) {
            self.rows[ends[0] as usize..ends[1] as usize].sort_unstable_by(&mut order);
        }
    }

    /// Other rows, one in place of each, made in order.
    pub fn map<U>(&self, change: impl FnMut(&T) -> U) -> ByCustomer<U> {
        ByCustomer { rows: self.rows.iter().map(change).collect(), starts: self.starts.clone() }
    }

    /// Positions of the rows of a customer.
    pub fn range(&self, customer: u32) -> Range<usize> {
        let at = customer as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(start), Some(end)) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// The rows of a customer.
    pub fn of(&self, customer: u32) -> &[T] {
        &self.rows[self.range(customer)]
    }
}

impl<T> Deref for ByCustomer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T> DerefMut for ByCustomer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.rows
    }
}

impl<'a, T> IntoIterator for &'a ByCustomer<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_customer_finds_its_rows_in_order() {
        let rows = [(2, 'b'), (0, 'z'), (2, 'a'), (0, 'y'), (2, 'c')];
        let found = ByCustomer::sorted(&rows, 4, |row| row.0, |a, b| a.1.cmp(&b.1));
        assert_eq!(found.of(0), [(0, 'y'), (0, 'z')]);
        assert_eq!(found.of(1), []);
        assert_eq!(found.of(2), [(2, 'a'), (2, 'b'), (2, 'c')]);
        assert_eq!((found.range(3), found.of(9).len(), found.len()), (5..5, 0, 5));
        let gathered = ByCustomer::gathered(&rows, 3, |row| row.0);
        assert_eq!(gathered.of(2), [(2, 'b'), (2, 'a'), (2, 'c')], "as they came");
    }
}
