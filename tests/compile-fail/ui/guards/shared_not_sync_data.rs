// Readers are inside at the same time: the data must be `Sync`.

use std::cell::Cell;

use selvedge::threading::RwLock;

static CELL: RwLock<Cell<u8>> = RwLock::new(Cell::new(1));

fn main() {
    CELL.read().set(2);
}
