//! Context variables: setting, resetting, copying, and an echo server that remembers whom it talks to (rows C-E01 to C-E05).

use std::io::{BufRead, BufReader, Result, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};

use selvedge::contextvars::{Context, ContextVar, copy_context};
use selvedge::threading::Builder;

static VAR: ContextVar<u32> = ContextVar::new("var").with_default(42);
static TITLE: ContextVar<&str> = ContextVar::new("title");
/// Whom this thread serves. Nobody passes it on, and everybody finds it.
static CLIENT: ContextVar<IpAddr> = ContextVar::new("client");

fn farewell() -> String {
    match CLIENT.get() {
        Ok(client) => format!("Good bye, client at {client}\n"),
        Err(error) => format!("Good bye: {error}\n"),
    }
}

fn serve(stream: &TcpStream) -> Result<()> {
    CLIENT.set(stream.peer_addr()?.ip());
    let mut writer = stream;
    for line in BufReader::new(stream).lines() {
        match line? {
            line if line.is_empty() => break,
            line => writeln!(writer, "{line}")?,
        }
    }
    writer.write_all(farewell().as_bytes())
}

fn talk(lines: &str) -> Result<Vec<String>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (served, _) = listener.accept()?;
    let server = Builder::new()
        .context(Context::new())
        .spawn(move || serve(&served));
    client.write_all(lines.as_bytes())?;
    client.shutdown(Shutdown::Write)?;
    let answers = BufReader::new(&client).lines().collect();
    server.unwrap().join().unwrap()?;
    answers
}

fn main() -> Result<()> {
    println!("by default: {}", VAR.get().unwrap());
    let token = TITLE.set("spam");
    println!("set: {}", TITLE.get().unwrap());

    // A copy goes its own way; afterwards it can be looked at.
    let copy = copy_context();
    let inside = copy.run(|| {
        VAR.set(7);
        TITLE.set_guard("ham").reset().unwrap();
        VAR.get().unwrap()
    });
    println!("inside {}, outside {}", inside.unwrap(), VAR.get().unwrap());
    for binding in &copy {
        let number = binding.value_of(&VAR).map(u32::to_string);
        let value = number
            .as_deref()
            .or(binding.downcast_ref::<&str>().copied());
        println!("in the copy: {} = {}", binding.name(), value.unwrap_or("?"));
    }
    TITLE.reset(token).unwrap();
    println!("reset: {}", TITLE.get().unwrap_err());

    for answer in talk("hello\nis there anybody?\n\n")? {
        println!("the server says: {answer}");
    }
    print!("without a client: {}", farewell());
    Ok(())
}
