//! A pool of threads together with tokio: each awaits what the other does.

use std::sync::Arc;
use std::time::Duration;

use selvedge::concurrent::futures::{ThreadPoolExecutor, block_on};
use selvedge::queue::Queue;

/// Keeps a thread busy: nothing for tokio's own.
fn digits_of_factorial(number: u32) -> usize {
    let logs = (1..=number).map(|n| f64::from(n).log10());
    logs.sum::<f64>().floor() as usize + 1
}

#[tokio::main]
async fn main() {
    let pool = Arc::new(ThreadPoolExecutor::new(2).unwrap());

    // A task of the pool, awaited in one of tokio's.
    let digits = pool.submit(digits_of_factorial, 100_000).unwrap();
    println!("100000! has {} digits", digits.await.unwrap());

    // The results of a map, as they come, in order.
    let mut map = pool.map(digits_of_factorial, [10, 100, 1000]).unwrap();
    while let Some(digits) = map.next_async().await {
        println!("digits: {}", digits.unwrap());
    }

    // A task of tokio's that a future on the pool awaits, and the other way round over a queue.
    let queue = Arc::new(Queue::new(1));
    let getter = Arc::clone(&queue);
    let timer = tokio::spawn(async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        "the timer of tokio"
    });
    let on_the_pool = pool.spawn_async(async move {
        let first = timer.await.unwrap();
        let second = getter.get_async().await.unwrap();
        format!("{first}, {second}")
    });
    queue.put_async("a queue of ours").await.unwrap();
    println!("heard of: {}", on_the_pool.unwrap().await.unwrap());

    // A thread of the pool may block on what tokio does.
    let slow = tokio::spawn(async { 6 * 7 });
    let blocking = pool.spawn(move || block_on(slow).unwrap()).unwrap();
    println!("blocked on: {}", blocking.await.unwrap());

    // A future that is given up: the task does not go on.
    let pending = pool.spawn_async(std::future::pending::<()>()).unwrap();
    println!("cancelled: {}", pending.cancel());
}
