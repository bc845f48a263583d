//! Misuse that must not compile, and what the compiler says about it.
//!
//! Each file of `ui` is one mistake, and says in its first line why it must be refused. After a deliberate change of a message: `TRYBUILD=overwrite
//! ci/compile-fail.sh`. The messages are those of the
//! toolchain of the workspace; others word them differently.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
    // What is right stays allowed, next to what is wrong.
    cases.pass("ui/pass.rs");
}
