//! Putting things that need each other in order.

/// An order of `0..count` in which each comes after all it needs, otherwise as given; the first member of a circle where there is one.
pub fn in_order_of_need(count: usize, needs: impl Fn(usize) -> Vec<usize>) -> Result<Vec<usize>, usize> {
    let mut order = Vec::with_capacity(count);
    let mut state = vec![State::New; count];
    for root in 0..count {
        let mut stack = vec![root];
        while let Some(at) = stack.last().copied() {
            if state[at] != State::New {
                stack.pop();
                if state[at] == State::Open {
                    state[at] = State::Done;
                    order.push(at);
                }
                continue;
            }
            state[at] = State::Open;
            for need in needs(at).into_iter().rev() {
                match state[need] {
                    State::Open => return Err(need),
                    State::New => stack.push(need),
                    State::Done => {}
                }
            }
        }
    }
    Ok(order)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// Its needs are being ordered.
    Open,
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_needs() {
        type Case<'c> = (&'c [&'c [usize]], Result<&'c [usize], usize>);
        let cases: &[Case<'_>] = &[
            (&[&[], &[], &[]], Ok(&[0, 1, 2])),
            (&[&[2], &[], &[1]], Ok(&[1, 2, 0])),
            (&[&[1, 2], &[3], &[3], &[]], Ok(&[3, 1, 2, 0])),
            (&[&[1, 2], &[], &[1]], Ok(&[1, 2, 0])),
            (&[&[1], &[0]], Err(0)),
            (&[&[0]], Err(0)),
        ];
        for (needs, expected) in cases {
            let order = in_order_of_need(needs.len(), |at| needs[at].to_vec());
            assert_eq!(order.as_deref().map_err(|circle| *circle), *expected, "{needs:?}");
        }
    }
}
