//! Memory with names.

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::shared_memory::{self, SharedMemory};
use selvedge::multiprocessing::spawn;

use crate::death::death;
use crate::{Dice, alone, left, rounds};

fn makes((prefix, ready): (String, Sender)) {
    let mut ready = Some(ready);
    let (common, own) = (format!("{prefix}common"), format!("{prefix}own"));
    loop {
        let memory = SharedMemory::attach(&common).expect("the parent has it");
        assert_eq!(memory.get::<u64>(0).expect("it is inside"), 77);
        let mine = SharedMemory::create_named(&own, 100_000).expect("nobody has it");
        mine.set(8, &1_u8).expect("it is inside");
        let again = SharedMemory::attach(&own).expect("it is there");
        again.unlink().expect("it is there");
        drop((memory, mine, again));
        if let Some(ready) = ready.take() {
            ready.send(&()).expect("the parent lives");
        }
    }
}

/// What is the dead's alone is gone, what others have is not, and names can be used again at once.
#[test]
fn named() {
    let _alone = alone("named");
    let mut dice = Dice::new();
    let prefix = left::prefix();
    let (common, own) = (format!("{prefix}common"), format!("{prefix}own"));
    let memory = SharedMemory::create_named(&common, 8).expect("there is room");
    memory.set(0, &77_u64).expect("it is inside");
    for round in 0..rounds() {
        let (ready, sender) = one_way().expect("there is room");
        let victim = spawn(makes, (prefix.clone(), sender)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        death(&victim, &mut dice, || ());
        assert!(victim.join().is_err());
        let again = SharedMemory::attach(&common).expect("it is still there");
        assert_eq!(again.get::<u64>(0).expect("it is inside"), 77);
        if round % 2 == 0 {
            assert!(SharedMemory::attach(&own).is_err());
        }
        let mine = SharedMemory::create_named(&own, 8).expect("it is free");
        assert_eq!(mine.get::<u64>(0).expect("it is inside"), 0);
        let names = shared_memory::names().expect("it can be asked");
        let names: Vec<_> = names
            .into_iter()
            .filter(|name| name.starts_with(&prefix))
            .collect();
        assert_eq!(names, [common.clone(), own.clone()]);
    }
}
