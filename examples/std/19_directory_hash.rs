//! Hashes all files below a folder in parallel, and the folder by its files: `cargo run --example 19_directory_hash -- [FOLDER]`. Without one it makes a small one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use selvedge::concurrent::futures::ThreadPoolExecutor;

/// FNV-1a: short, and good enough to tell files apart that nobody has forged.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// All files below, sorted.
fn files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(())
}

/// The tasks borrow the list. Results come in its order, whichever file takes long; the first failure ends the map.
fn hash_all(pool: &ThreadPoolExecutor, paths: &[PathBuf]) -> io::Result<Vec<u64>> {
    pool.scope(|scope| {
        let hashes = scope.map_slice(|path| fs::read(path).map(|bytes| hash(&bytes)), paths);
        hashes
            .unwrap()
            .map(|result| result.map_err(io::Error::other)?)
            .collect()
    })
}

fn make_folder() -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("deep"))?;
    for (name, size) in [("a", 10), ("b", 100_000), ("deep/c", 3)] {
        fs::write(folder.path().join(name), name.repeat(size))?;
    }
    Ok(folder)
}

fn main() -> io::Result<()> {
    let made = make_folder()?;
    let folder = match std::env::args().nth(1) {
        Some(folder) => folder.into(),
        None => made.path().to_owned(),
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths)?;
    let pool = ThreadPoolExecutor::default();
    let hashes = hash_all(&pool, &paths)?;
    let mut whole = Vec::new();
    for (path, hash) in paths.iter().zip(&hashes) {
        let name = path.strip_prefix(&folder).unwrap_or(path).display();
        println!("{hash:016x} {name}");
        whole.extend(format!("{hash:016x} {name}\n").into_bytes());
    }
    println!("{:016x} all {} files", hash(&whole), paths.len());
    Ok(())
}
