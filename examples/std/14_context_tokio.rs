//! Context variables in the tasks of a runtime: what goes along is a property of the variable.

use selvedge::contextvars::{ContextVar, Inherit, copy_context, spawn_with};

/// Who asks: goes into tasks.
static USER: ContextVar<&str> = ContextVar::new("user").inherited_by(Inherit::TASKS);
/// A transaction is its task's own, and stays there.
static TRANSACTION: ContextVar<u32> = ContextVar::new("transaction");

fn state() -> String {
    let user = USER.get_or("nobody");
    match TRANSACTION.get() {
        Ok(number) => format!("{user} in transaction {number}"),
        Err(_) => format!("{user} in no transaction"),
    }
}

/// A request; the tasks it is polled on may change with every `.await`.
async fn request(user: &'static str, number: u32) -> Vec<String> {
    USER.set(user);
    let _transaction = TRANSACTION.set_guard(number);
    tokio::task::yield_now().await;

    // One task gets what the variables say, the other one all there is. tokio's own spawn would pass on nothing.
    let helper = spawn_with(tokio::spawn, async { state() });
    let within = tokio::spawn(copy_context().wrap(async { state() }));
    let stranger = tokio::spawn(async { state() });
    vec![
        format!("request: {}", state()),
        format!("helper: {}", helper.await.unwrap()),
        format!("within: {}", within.await.unwrap()),
        format!("stranger: {}", stranger.await.unwrap()),
    ]
}

#[tokio::main]
async fn main() {
    let requests = [("Ada", 1), ("Grace", 2)]
        .map(|(user, number)| spawn_with(tokio::spawn, request(user, number)));
    for request in requests {
        println!("{}", request.await.unwrap().join("\n"));
    }
    println!("main: {}", state());
}
