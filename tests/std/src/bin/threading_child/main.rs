//! The process that the exit and fork tests of `threading` look at from outside: the argument names the scenario.

mod bare;
mod exit;
#[cfg(target_os = "linux")]
mod fork;
mod report;

fn main() {
    std::thread::spawn(|| {
        std::thread::sleep(std::time::Duration::from_secs(60));
        eprintln!("watchdog: the child hangs");
        std::process::abort();
    });
    let scenario = std::env::args().nth(1).expect("a scenario");
    let found = exit::run(&scenario) || report::run(&scenario) || bare::run(&scenario);
    #[cfg(target_os = "linux")]
    let found = found || fork::run(&scenario);
    assert!(found, "no scenario {scenario}");
}
