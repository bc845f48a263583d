//! The program of `tests/firmware/same-code`: its tasks in two priorities.
#![no_std]
#![no_main]

#[rtic::app(device = rtic_board, dispatchers = [SWI0, SWI1], peripherals = false)]
mod app {
    use same_code::Plant;
    use selvedge_port_rtic::Rtic;

    static PLANT: Plant<Rtic> = Plant::new();

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init]
    fn init(_: init::Context) -> (Shared, Local) {
        samples::spawn().expect("the first");
        adds::spawn().expect("the first");
        reports::spawn().expect("the first");
        (Shared {}, Local {})
    }

    #[task(priority = 2)]
    async fn samples(_: samples::Context) {
        PLANT.samples().await;
    }

    #[task(priority = 1)]
    async fn adds(_: adds::Context) {
        PLANT.adds().await;
    }

    #[task(priority = 2)]
    async fn reports(_: reports::Context) {
        PLANT
            .reports(|totals| {
                semihosting::println!("{} samples, {} in all", totals.count, totals.sum);
            })
            .await;
        semihosting::process::exit(0);
    }
}
