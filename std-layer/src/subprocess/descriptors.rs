//! Which descriptors a child gets, at which numbers, and which are closed.

use std::os::fd::RawFd;
use std::sync::atomic::AtomicI32;

/// One descriptor of the child. The child itself writes `source`, when it has to move it out of the way.
pub(super) struct Move {
    pub(super) source: AtomicI32,
    pub(super) target: RawFd,
}

/// Ranges of descriptors, both ends included.
pub(super) type Gaps = Vec<(u32, u32)>;

/// The child's descriptors.
pub(super) struct Descriptors {
    pub(super) moves: Vec<Move>,
    /// Above all targets, and above the standard streams.
    pub(super) above: RawFd,
    /// What to close in the end, unless all are to be kept.
    pub(super) close: Option<Gaps>,
    /// What may be closed at once if there is no room for a copy.
    pub(super) spare: Gaps,
}

impl Descriptors {
    /// `moves` are pairs (target, source).
    pub(super) fn new(moves: &[(RawFd, RawFd)], close: bool) -> Self {
        let targets = || moves.iter().map(|&(target, _)| target);
        let above = targets().max().unwrap_or(2).max(2).saturating_add(1);
        let keep: Vec<RawFd> = targets().collect();
        let needed: Vec<RawFd> = moves.iter().flat_map(|&(a, b)| [a, b]).collect();
        Self {
            above,
            close: close.then(|| gaps(keep)),
            spare: if close { gaps(needed) } else { Gaps::new() },
            moves: moves
                .iter()
                .map(|&(target, source)| Move {
                    source: AtomicI32::new(source),
                    target,
                })
                .collect(),
        }
    }

    /// One more to keep open, at a number that is no target.
    pub(super) fn keep(&mut self, fd: RawFd) {
        if let Some(close) = &mut self.close {
            *close = split(close, fd);
            self.spare = split(&self.spare, fd);
        }
    }
}

/// What is between these numbers, above 2.
fn gaps(keep: Vec<RawFd>) -> Gaps {
    keep.into_iter()
        .fold(vec![(3, u32::MAX)], |gaps, fd| split(&gaps, fd))
}

fn split(gaps: &[(u32, u32)], fd: RawFd) -> Gaps {
    let Ok(fd) = u32::try_from(fd) else {
        return gaps.to_vec();
    };
    let mut parts = Gaps::with_capacity(gaps.len() + 1);
    for &(first, last) in gaps {
        if fd < first || fd > last {
            parts.push((first, last));
            continue;
        }
        if first < fd {
            parts.push((first, fd - 1));
        }
        if fd < last {
            parts.push((fd + 1, last));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn gaps_leave_out_what_is_kept() {
        const MAX: u32 = u32::MAX;
        assert_eq!(gaps(vec![]), [(3, MAX)]);
        assert_eq!(gaps(vec![0, 2]), [(3, MAX)]);
        assert_eq!(gaps(vec![3, 4]), [(5, MAX)]);
        assert_eq!(gaps(vec![9, 5, 9]), [(3, 4), (6, 8), (10, MAX)]);
        assert_eq!(gaps(vec![-1]), [(3, MAX)]);
    }
}
