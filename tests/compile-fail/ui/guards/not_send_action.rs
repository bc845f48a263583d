// An action is called by whichever thread comes last: what it holds must be able to go there.

use std::rc::Rc;

use selvedge::threading::Barrier;

fn main() {
    let rc = Rc::new(1);
    let barrier = Barrier::with_action(2, move || assert_eq!(*rc, 1));
    std::thread::scope(|scope| {
        scope.spawn(|| barrier.wait());
    });
}
