//! One lock, one queue: a thread that blocks and tasks that await, at the same time, on the same objects.

use selvedge::queue::Queue;
use selvedge::threading::{Mutex, spawn};

static COUNT: Mutex<u32> = Mutex::new(0);
static NEWS: Queue<&str> = Queue::new(1);

#[tokio::main]
async fn main() {
    let thread = spawn(|| {
        for _ in 0..1000 {
            *COUNT.lock() += 1; // blocks this thread
        }
        NEWS.put("the thread is done").unwrap();
    });
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            tokio::spawn(async {
                for _ in 0..1000 {
                    *COUNT.lock_async().await += 1; // blocks nothing
                }
                NEWS.put_async("a task is done").await.unwrap();
            })
        })
        .collect();

    let mut news = Vec::new();
    for _ in 0..4 {
        news.push(NEWS.get_async().await.unwrap());
    }
    news.sort_unstable();
    println!("{}", news.join("\n"));

    for task in tasks {
        task.await.unwrap();
    }
    thread.join_async().await.unwrap();
    println!("counted: {}", COUNT.lock());
}
