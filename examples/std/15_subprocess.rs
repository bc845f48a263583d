//! Programs: the recipes of the chapter on `subprocess`, in its order (rows S-E01 to S-E20, S-75; S-E09 is about Windows). Linux only.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Result as IoResult, Write};
use std::path::Path;
use std::time::Duration;

use selvedge::subprocess::{
    Command, CommunicateError, Decoding, ExitStatus, Popen, Run, Signal, Stdio, call, check_call,
    check_output, getoutput, getstatusoutput, join, split,
};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// S-E01 to S-E03: a listing, shown and captured; a line for the shell that must succeed.
fn run_and_look(folder: &Path) -> Outcome {
    let shown = Command::new("ls").cwd(folder).run()?;
    println!("ls: {}", shown.status());
    let failed = Run::new(Command::shell("exit 1")).check().run();
    println!("check: {}", failed.unwrap_err());
    let listing = Run::new(Command::from_args(["ls", "-l", "/dev/null"])).capture_output();
    let text = listing.run()?.stdout_text(Decoding::Strict)?;
    println!("captured: {}", &text[..10]);
    Ok(())
}

/// S-E04 to S-E06: a program by its path; a line that is split into words without a shell; what a shell is given.
fn three_ways_to_say_it() -> Outcome {
    let child = Command::from_args(["/bin/echo", "by its path"]).start()?;
    assert!(child.wait().success());
    let words = split(r#"printf '%s;' "two words" it\'s '$HOME'"#)?;
    println!("words: {}", check_text(Command::from_args(&words))?);
    println!("quoted: {}", join(&words));
    let short = Command::shell("echo $0 $1").args(["a", "b"]);
    let long = Command::from_args(["/bin/sh", "-c", "echo $0 $1", "a", "b"]);
    assert_eq!(check_output(short)?, check_output(long)?);
    Ok(())
}

/// S-E07: a time limit, and what there was until then. ([`Run::timeout`] does all of it.)
fn give_up() -> Outcome {
    let command = Command::shell("echo first; exec sleep 1000").stdout(Stdio::Pipe);
    let child = command.start()?;
    let done = match child.communicate_timeout("", Duration::from_millis(200)) {
        Err(CommunicateError::Timeout(_)) => {
            child.kill()?;
            child.communicate("")?
        }
        done => done?,
    };
    println!(
        "killed: {:?}, after {:?}",
        done.status().signal(),
        text(done.stdout())
    );
    Ok(())
}

/// S-E08: a child's output goes to a log as it comes.
fn log(log: &mut impl Write) -> Outcome {
    let child = Command::shell("echo NAME=1; echo PATH_MAX=2")
        .stdout(Stdio::Pipe)
        .start()?;
    for line in BufReader::new(child.take_stdout().expect("a pipe")).lines() {
        writeln!(log, "config: {}", line?)?;
    }
    assert!(child.finish().success());
    Ok(())
}

/// S-E10: `output=$(command)`.
fn substitution() -> Outcome {
    println!(
        "substituted: {}",
        check_text(Command::from_args(["basename", "/usr/lib"]))?
    );
    Ok(())
}

/// S-E11 and S-E12: `printf | grep`, by hand, by `|`, by the shell.
fn pipelines() -> Outcome {
    let source = Command::from_args(["printf", "hda\nsda\nhdb\n"]);
    let filter = Command::from_args(["grep", "hd"]);

    let first = source.clone().stdout(Stdio::Pipe).start()?;
    // The second one's command takes our end of the pipe along, and is gone after the statement: if the second one ends early, the first one is told.
    let end = first.take_stdout().expect("a pipe");
    let second = filter.clone().stdin(end).stdout(Stdio::Pipe).start()?;
    let by_hand = second.communicate("")?;
    assert!(first.wait().success());

    let joined = (source | filter).capture_output().check().run()?;
    let shell = check_output(Command::shell("printf 'hda\nsda\nhdb\n' | grep hd"))?;
    assert!(by_hand.stdout() == joined.stdout() && joined.stdout() == shell);
    println!("three pipelines: {:?}", text(&shell));
    Ok(())
}

/// S-E13: `os.system`, and what its number means.
fn system(command: &Command) -> String {
    match call(command) {
        Ok(ExitStatus::Signaled { signal, .. }) => format!("ended by {signal}"),
        Ok(status) => format!("returned {:?}", status.code()),
        Err(error) => format!("not started: {error}"),
    }
}

/// S-E14: `spawn` without waiting, with waiting, with a list of arguments, with another environment.
fn spawn(file: &Path) -> Outcome {
    let child = Command::from_args(["/bin/sh", "-c", "exit 3"]).start()?;
    println!(
        "spawned: {}, then {:?}",
        child.pid() > 0,
        child.wait().code()
    );
    println!(
        "spawned and waited: {:?}",
        call(&Command::new("/bin/true"))?.code()
    );
    let args = vec!["/bin/sh", "-c", "echo $# arguments", "sh", "x", "y"];
    check_call(&Command::from_args(args).stdout(File::create(file)?))?;
    print!("by a list: {}", std::fs::read_to_string(file)?);
    let env = Command::new("/usr/bin/env")
        .env_clear()
        .env("PATH", "/usr/bin");
    println!("its environment: {}", check_text(env)?);
    Ok(())
}

/// S-E15 and S-E16: `popen2` to `popen4`: both ends of a child that runs beside, standard error apart or not at all.
fn popen(command: &Command) -> Outcome<[String; 2]> {
    let child = command
        .clone()
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .start()?;
    child
        .take_stdin()
        .expect("a pipe")
        .write_all(b"some words\n")?;
    let [output, error] = [child.take_stdout(), child.take_stderr()].map(|end| {
        let mut text = String::new();
        end.map_or(Ok(0), |mut end| end.read_to_string(&mut text))?;
        IoResult::Ok(text)
    });
    println!("popen: {}", child.finish());
    Ok([output?, error?])
}

/// S-E17: the output of a failing listing, with its complaint.
fn merged() -> Outcome {
    let line = Command::shell("ls no-such-file; exit 0")
        .env("LC_ALL", "C")
        .stderr(Stdio::Merge);
    println!(
        "merged: {}",
        check_text(line)?.ends_with("No such file or directory")
    );
    Ok(())
}

/// S-E18 and S-E19: a line for the shell, how it ended and what it said.
fn status_and_output() -> Outcome {
    for line in [
        "echo /bin/ls",
        "cat /bin/junk",
        "no-such-program",
        "kill $$",
    ] {
        let (status, output) = getstatusoutput(line)?;
        println!(
            "{line}: {:?}, lines: {}",
            status.returncode(),
            output.lines().count()
        );
    }
    println!("output: {}", getoutput("ls /dev/null")?);
    Ok(())
}

/// S-E20: a child that gets a copy of this process's memory, and does not share it until it has become its program. For debuggers, and for filters of system calls that want it so.
fn unshared() -> Outcome<Popen> {
    Ok(Command::new("true").share_memory(false).start()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().replace('\n', " ")
}

fn check_text(command: Command) -> Outcome<String> {
    Ok(text(&check_output(command)?))
}

fn main() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("spam.txt");
    File::create(&file)?;
    run_and_look(folder.path())?;
    three_ways_to_say_it()?;
    give_up()?;
    log(&mut std::io::stdout())?;
    substitution()?;
    pipelines()?;
    for line in ["exit 2", "kill -9 $$"] {
        println!("{line}: {}", system(&Command::shell(line)));
    }
    println!("no program: {}", system(&Command::new("/no/such/program")));
    spawn(&file)?;
    let shout = Command::shell("tr a-z A-Z; echo done >&2");
    println!("{:?}", popen(&shout.clone().stderr(Stdio::Pipe))?);
    println!("{:?}", popen(&shout.stderr(Stdio::Merge))?);
    merged()?;
    status_and_output()?;
    assert_eq!(unshared()?.wait().signal(), None::<Signal>);
    Ok(())
}
