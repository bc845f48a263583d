#![doc = include_str!("python.md")]
// Its links lead into a module that exists on Linux only.
#![cfg_attr(target_os = "linux", doc = include_str!("python_subprocess.md"))]
#![cfg_attr(
    not(target_os = "linux"),
    doc = "# subprocess\n\nOn Linux only: this page, made on Linux, lists it."
)]
#![cfg_attr(
    all(feature = "multiprocessing", target_os = "linux"),
    doc = include_str!("python_multiprocessing.md")
)]
