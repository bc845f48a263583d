//! What appears on standard error when a thread panics.

use selvedge::threading::{self, Builder, ExceptHook, catch_panic};

pub(crate) fn run(scenario: &str) -> bool {
    match scenario {
        "report" => fail(),
        "report_custom" => {
            threading::set_excepthook(ExceptHook::new(|args| {
                eprintln!("hook: {}", args.message());
            }));
            fail();
        }
        "report_restored" => {
            let original = threading::set_excepthook(ExceptHook::new(|_| eprintln!("hook")));
            threading::set_excepthook(original);
            fail();
        }
        "report_hook_fails" => {
            threading::set_excepthook(ExceptHook::new(|_| panic!("the hook failed")));
            fail();
            println!("still here");
        }
        "report_resumed" => {
            join(|| std::panic::resume_unwind(Box::new("resumed")));
        }
        "report_program_hook" => {
            std::panic::set_hook(Box::new(|info| {
                eprintln!("program: {}", info.payload_as_str().unwrap());
            }));
            fail();
        }
        "report_caught" => {
            threading::set_excepthook(ExceptHook::new(|args| {
                eprintln!("hook: {}", args.message());
            }));
            join(|| {
                let _ = std::panic::catch_unwind(|| panic!("caught"));
                assert_eq!(
                    catch_panic(|| panic!("a value")).unwrap_err().message(),
                    "a value"
                );
                panic!("not caught");
            });
        }
        "report_quiet" => join(|| {
            threading::exit();
        }),
        "report_cannot_unwind" => {
            struct Bad;
            impl Drop for Bad {
                fn drop(&mut self) {
                    panic!("second");
                }
            }
            threading::set_excepthook(ExceptHook::new(|_| eprintln!("hook")));
            join(|| {
                let _bad = Bad;
                panic!("first");
            });
        }
        "report_foreign" => {
            // A thread of this module has run; std's threads are reported as ever.
            join(|| ());
            let _ = std::thread::spawn(|| panic!("foreign")).join();
        }
        "report_by_hand" => {
            let here = threading::get_ident();
            threading::excepthook().call(&threading::ExceptHookArgs::new("bug"));
            println!("{here}");
        }
        _ => return false,
    }
    true
}

fn join(target: impl FnOnce() + Send + 'static) {
    let thread = Builder::new()
        .name("excepthook thread")
        .spawn(target)
        .unwrap();
    let _ = thread.join();
}

fn fail() {
    join(|| panic!("run failed"));
}
