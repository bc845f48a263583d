//! The process that the tests of `subprocess` start: a child that tells what it sees, or a parent that may be damaged. The first argument says which.

#[cfg(target_os = "linux")]
mod closed;
#[cfg(target_os = "linux")]
mod damaged;
#[cfg(target_os = "linux")]
mod dies;
#[cfg(target_os = "linux")]
mod family;
#[cfg(target_os = "linux")]
mod old_kernel;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod sentinels;
#[cfg(target_os = "linux")]
mod streams;
#[cfg(target_os = "linux")]
mod tell;

#[cfg(target_os = "linux")]
fn main() {
    let mut args = std::env::args_os()
        .skip(1)
        .map(|arg| arg.to_string_lossy().into_owned());
    let what = args.next().expect("what to do");
    let args: Vec<String> = args.collect();
    if tell::run(&what, &args) || family::run(&what) {
        return;
    }
    report::install();
    std::thread::spawn(|| {
        std::thread::sleep(std::time::Duration::from_secs(60));
        report::say("watchdog: the scenario hangs");
        std::process::abort();
    });
    let found = closed::run(&what, &args)
        || damaged::run(&what)
        || dies::run(&what)
        || old_kernel::run(&what)
        || streams::run(&what);
    assert!(found, "no scenario {what}");
}

#[cfg(not(target_os = "linux"))]
fn main() {}
