//! Programs for the tests of `multiprocessing` that need another one than the test itself: a stranger, and processes in bad weather. The first argument says which.

#[cfg(target_os = "linux")]
mod apart;
#[cfg(target_os = "linux")]
mod basics;
#[cfg(target_os = "linux")]
mod few;
#[cfg(target_os = "linux")]
mod forked;
#[cfg(target_os = "linux")]
mod places;
#[cfg(target_os = "linux")]
mod stories;
#[cfg(target_os = "linux")]
mod stranger;

#[cfg(target_os = "linux")]
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if let ["old-kernel", _, calls @ ..] = &args[..] {
        // A filter is of a thread and those that it makes afterwards.
        if let Err(error) = std_tests::kernel::forget(calls) {
            println!("no filters here: {error}");
            std::process::exit(77);
        }
    }
    if let ["apart", _] = &args[..] {
        apart::enter();
    }
    if let ["place", what] = &args[..] {
        places::enter(what);
    }
    std::thread::spawn(|| {
        std::thread::sleep(std::time::Duration::from_secs(110));
        eprintln!("watchdog: the scenario hangs");
        std::process::abort();
    });
    match &args[..] {
        ["old-kernel", method, ..] => basics::run(method),
        ["few", limit] => few::run(limit.parse().expect("a number")),
        ["apart", what] => apart::run(what),
        ["place", what] => places::run(what),
        ["forked", what] => forked::run(what),
        ["panic"] => stories::panic(),
        ["print"] => stories::print(),
        ["bomb"] => stories::bomb(),
        ["interrupted"] => stories::interrupted(),
        ["stranger", name, address] => stranger::run(name, address),
        _ => panic!("no scenario {args:?}"),
    }
    println!("done");
}

#[cfg(not(target_os = "linux"))]
fn main() {}
