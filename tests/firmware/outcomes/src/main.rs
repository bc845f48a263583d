//! Reads `defmt` messages from standard input and prints each as `LEVEL message`, by the image that wrote them: `outcomes IMAGE`.

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::{env, fs};

use defmt_decoder::{DecodeError, Table};

fn main() -> ExitCode {
    match read() {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("outcomes: {what}");
            ExitCode::FAILURE
        }
    }
}

fn read() -> Result<(), String> {
    let path = env::args_os().nth(1).ok_or("which image?")?;
    let image = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let table = Table::parse(&image)
        .map_err(|error| error.to_string())?
        .ok_or("the image has no messages")?;
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(&bytes);
    let mut out = io::stdout().lock();
    loop {
        match decoder.decode() {
            Ok(frame) => {
                let level = frame.level().map_or("-", |level| level.as_str());
                let level = level.to_uppercase();
                writeln!(out, "{level:5} {}", frame.display_message())
                    .map_err(|error| error.to_string())?;
            }
            Err(DecodeError::UnexpectedEof) => return Ok(()),
            Err(DecodeError::Malformed) => return Err("a message is malformed".to_owned()),
        }
    }
}
