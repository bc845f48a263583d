//! Loads several pages at the same time, and takes them as they come (row F-E05). The server is here, too, and slow: each page takes it a while.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use selvedge::concurrent::futures::{ThreadPoolExecutor, as_completed};

const PAGES: [(&str, &str); 3] = [
    ("/warp", "threads that run lengthwise"),
    ("/weft", "threads that run across"),
    ("/selvedge", "an edge that does not fray"),
];

fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut request = String::new();
    BufReader::new(&stream).read_line(&mut request)?;
    let path = request.split(' ').nth(1).unwrap_or_default();
    thread::sleep(Duration::from_millis(20));
    match PAGES.iter().find(|(page, _)| *page == path) {
        Some((_, text)) => write!(stream, "HTTP/1.0 200 OK\r\n\r\n{text}"),
        None => write!(stream, "HTTP/1.0 404 Not Found\r\n\r\n"),
    }
}

/// A server for so many requests: each is answered by a task.
fn serve(listener: TcpListener, requests: usize) {
    let pool = ThreadPoolExecutor::new(8).unwrap();
    for stream in listener.incoming().take(requests).flatten() {
        drop(pool.submit(answer, stream));
    }
}

fn load((address, path): (SocketAddr, &str)) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        code => Err(io::Error::other(format!(
            "status {}",
            code.unwrap_or("none")
        ))),
    }
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let urls = ["/warp", "/weft", "/selvedge", "/tangle"];
    let server = thread::spawn(move || serve(listener, urls.len()));

    let executor = ThreadPoolExecutor::new(urls.len()).unwrap();
    let futures = urls.map(|url| executor.submit(load, (address, url)).unwrap());
    let mut lines = Vec::new();
    for (index, future) in as_completed(futures).with_index() {
        let url = urls[index];
        lines.push(match future.result() {
            Ok(Ok(page)) => format!("{url} has {} bytes: {page}", page.len()),
            Ok(Err(error)) => format!("{url} failed: {error}"),
            Err(error) => format!("{url} was not loaded: {error}"),
        });
    }
    // They come in any order.
    lines.sort();
    lines.iter().for_each(|line| println!("{line}"));
    server.join().unwrap();
    Ok(())
}
