//! Pipelines, and the recipes of the documentation (rows S-75, S-E01 to S-E19).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::time::{Duration, Instant};

use selvedge::subprocess::{
    Command, CommunicateError, ExitStatus, Pipeline, Run, Signal, Stdio, Step, SubprocessError,
    check_output, getoutput, getstatusoutput, split,
};
use subprocess_support::{alone, ms};

#[test]
fn stages_are_joined() {
    let _alone = alone();
    let pipeline =
        Command::new("printf").arg("b\\na\\nb\\n") | Command::new("sort") | Command::new("uniq");
    let done = pipeline.capture_output().run().unwrap();
    assert_eq!((done.stdout(), done.stderr()), (&b"a\nb\n"[..], &b""[..]));
    assert_eq!(done.stages().len(), 3);
    assert!(done.success() && done.last().success());
    // One alone.
    let done = Pipeline::from(Command::new("cat"))
        .input("x")
        .capture_output()
        .run()
        .unwrap();
    assert_eq!(done.stdout(), b"x");
}

#[test]
fn much_goes_through() {
    let _alone = alone();
    let input: Vec<u8> = (0..2_000_000_u32).map(|i| (i % 253) as u8).collect();
    let pipeline = Command::new("cat") | Command::new("cat") | Command::new("cat");
    let done = pipeline
        .input(input.clone())
        .capture_output()
        .run()
        .unwrap();
    assert!(done.success() && done.stdout() == input);
}

#[test]
fn every_stage_tells_how_it_ended() {
    let _alone = alone();
    let pipeline =
        || Command::shell("exit 3") | Command::shell("cat; kill -9 $$") | Command::new("cat");
    let done = pipeline().run().unwrap();
    let codes: Vec<_> = done.statuses().map(ExitStatus::returncode).collect();
    assert_eq!(codes, [Some(3), Some(-9), Some(0)]);
    assert!(done.last().success() && !done.success());
    let Err(SubprocessError::Pipeline(error)) = pipeline().check().run() else {
        panic!("it fails");
    };
    assert_eq!(error.pipeline().failures().count(), 2);
    let text = error.to_string();
    assert!(
        text.contains("exit status 3") && text.contains("SIGKILL"),
        "{text}"
    );
}

/// The producer gets SIGPIPE: nobody else has the reading end. That is no failure.
#[test]
fn s75_who_writes_for_nobody_ends() {
    let _alone = alone();
    let done = (Command::new("yes") | Command::new("head").args(["-n", "2"]))
        .capture_output()
        .check()
        .run()
        .unwrap();
    assert_eq!(done.stdout(), b"y\ny\n");
    assert_eq!(done.stages()[0].status().signal(), Some(Signal::PIPE));
}

#[test]
fn a_stage_that_cannot_be_started() {
    let _alone = alone();
    let pipeline =
        Command::new("sleep").arg("1000") | Command::new("/no/such") | Command::new("cat");
    let Err(SubprocessError::Start(error)) = pipeline.run() else {
        panic!("it must not start");
    };
    assert_eq!(error.step(), Step::Exec);
}

#[test]
fn time_is_up_for_all() {
    let _alone = alone();
    let begin = Instant::now();
    let pipeline =
        Command::shell("echo x; exec sleep 1000") | Command::new("cat") | Command::new("cat");
    let Err(SubprocessError::Timeout(error)) = pipeline.capture_output().timeout(ms(300)).run()
    else {
        panic!("it sleeps");
    };
    assert!(begin.elapsed() >= ms(300));
    assert!(matches!(error.stdout(), Some(b"x\n" | b"")));
}

#[test]
fn stages_by_hand() {
    let _alone = alone();
    let stages = (Command::new("cat").stdin(Stdio::Pipe) | Command::new("cat").stdout(Stdio::Pipe))
        .start()
        .unwrap();
    drop(stages[0].take_stdin());
    assert_eq!(stages[1].communicate("").unwrap().stdout(), b"");
    assert!(stages[0].wait().success());
}

/// S-E01 to S-E03, S-E06, S-E10, S-E17 to S-E19.
#[test]
fn recipes_of_one_command() {
    let _alone = alone();
    assert!(
        Command::new("ls")
            .arg("-l")
            .stdout(Stdio::Null)
            .run()
            .unwrap()
            .status()
            .success()
    );
    let failing = Run::new(Command::shell("exit 1")).check().run();
    assert!(matches!(failing, Err(SubprocessError::Called(_))));
    let captured = Run::new(Command::from_args(["ls", "-l", "/dev/null"]))
        .capture_output()
        .run()
        .unwrap();
    assert!(captured.stdout().ends_with(b"/dev/null\n"));
    let explicit = Command::from_args(["/bin/sh", "-c", "echo x"]);
    assert_eq!(
        check_output(explicit).unwrap(),
        check_output(Command::shell("echo x")).unwrap()
    );
    let merged = Command::shell("ls /no/such/file; exit 0").stderr(Stdio::Merge);
    assert!(
        String::from_utf8(check_output(merged).unwrap())
            .unwrap()
            .contains("/no/such/file")
    );
    assert_eq!(
        getstatusoutput("ls /bin/ls").unwrap(),
        (ExitStatus::Exited(0), "/bin/ls".to_owned())
    );
    assert_eq!(getoutput("ls /bin/ls").unwrap(), "/bin/ls");
}

/// S-E05: a line is split before it is started.
#[test]
fn recipe_of_a_line() {
    let _alone = alone();
    let words = split("printf '%s-' a \"b c\" d\\ e").unwrap();
    assert_eq!(
        check_output(Command::from_args(words)).unwrap(),
        b"a-b c-d e-"
    );
}

/// S-E07: a time limit, the kill, and the output.
#[test]
fn recipe_of_a_time_limit() {
    let _alone = alone();
    let popen = Command::shell("echo x; exec sleep 1000")
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    let done = match popen.communicate_timeout("", ms(100)) {
        Err(CommunicateError::Timeout(_)) => {
            popen.kill().unwrap();
            popen.communicate("").unwrap()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(done.status().signal(), Some(Signal::KILL));
    assert!(matches!(done.stdout(), b"x\n" | b""));
}

/// S-E11, S-E12: two stages by hand, and by the shell.
#[test]
fn recipe_of_a_pipeline() {
    let _alone = alone();
    let first = Command::new("yes").stdout(Stdio::Pipe).start().unwrap();
    let reader = first.take_stdout().unwrap();
    let second = Command::new("head")
        .arg("-n1")
        .stdin(reader)
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    assert_eq!(second.communicate("").unwrap().stdout(), b"y\n");
    assert_eq!(
        first
            .wait_timeout(Duration::from_secs(100))
            .unwrap()
            .signal(),
        Some(Signal::PIPE)
    );
    assert_eq!(
        check_output(Command::shell("yes | head -n1")).unwrap(),
        b"y\n"
    );
}

/// S-E13 to S-E16: what `system`, `spawn` and `popen` were for.
#[test]
fn recipes_of_old() {
    let _alone = alone();
    let status = Command::shell("exit 3").run().unwrap().status();
    assert_eq!((status.code(), status.signal()), (Some(3), None));
    let no_wait = Command::from_args(["true", "a"]).start().unwrap();
    assert!(no_wait.pid() > 0 && no_wait.wait().success());
    let with_env = Command::new("printenv").arg("A").env("A", "1");
    assert_eq!(check_output(with_env).unwrap(), b"1\n");
    let both = Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    let (stdin, stdout) = (both.take_stdin().unwrap(), both.take_stdout().unwrap());
    drop(stdin);
    assert_eq!(std::io::read_to_string(stdout).unwrap(), "");
    assert!(both.wait().success());
}
