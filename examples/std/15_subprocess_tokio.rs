//! Programs beside the tasks of a runtime: many at a time, time limits, a pipeline, output as it comes. Linux only.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use selvedge::subprocess::{Command, Run, Stdio, SubprocessError};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// What each program says, all side by side, but no more than so many at once. Whatever ends this early ends the programs, too.
async fn say(words: &[&str], at_once: usize) -> Outcome<Vec<String>> {
    let places = Arc::new(Semaphore::new(at_once));
    let mut tasks = JoinSet::new();
    for (number, word) in words.iter().enumerate() {
        let run = Run::new(Command::new("echo").arg(word))
            .capture_output()
            .check();
        let places = places.clone();
        tasks.spawn(async move {
            let _place = places.acquire().await.expect("it is not closed");
            let done = run.timeout(Duration::from_secs(60)).run_async().await?;
            let text = String::from_utf8_lossy(done.stdout()).trim_end().to_owned();
            Ok::<_, SubprocessError>((number, text))
        });
    }
    let mut said = tasks
        .join_all()
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    said.sort();
    Ok(said.into_iter().map(|(_, text)| text).collect())
}

/// A program that takes too long is asked to end, and killed if it does not.
async fn patience() -> Outcome {
    let child = Command::new("sleep").arg("1000").start()?;
    let status = match timeout(Duration::from_millis(20), child.wait_async()).await {
        Ok(status) => status,
        Err(_late) => {
            child.terminate()?;
            match timeout(Duration::from_secs(60), child.wait_async()).await {
                Ok(status) => status,
                Err(_later) => {
                    child.kill_tree()?;
                    child.wait_async().await
                }
            }
        }
    };
    println!("patience: it {status}");
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome {
    println!(
        "said: {:?}",
        say(&["one", "two", "three", "four"], 2).await?
    );
    patience().await?;

    let pipeline = Command::new("sort") | Command::new("uniq").arg("-c");
    let counted = pipeline
        .input("b\na\nb\n")
        .capture_output()
        .check()
        .run_async()
        .await?;
    let counts = String::from_utf8_lossy(counted.stdout());
    println!(
        "counted: {:?}",
        counts.split_whitespace().collect::<Vec<_>>()
    );

    let child = Command::shell("echo first; echo second >&2")
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .start()?;
    let mut bytes = [0, 0];
    let talk = child
        .conversation()
        .on_output(|stream, new| bytes[stream as usize] += new.len());
    assert!(talk.run_async().await?.status().success());
    println!("bytes of output and of errors: {bytes:?}");
    Ok(())
}
