//! Queues.

mod alone;
mod flow;
mod memory;
mod order;
mod tasks;

use crate::row::Row;

pub(super) fn rows() -> Vec<Row> {
    let families = [
        alone::put_get(),
        flow::bounded(),
        flow::unbounded(),
        flow::hand_over(),
        tasks::tasks(),
        order::order(),
        order::select(),
        memory::memory(),
    ];
    families.into_iter().flatten().collect()
}
