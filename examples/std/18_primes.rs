//! Which of six large numbers are prime? (row F-E06) The function does not know on which kind of executor it runs.

use selvedge::concurrent::futures::{Submit, ThreadPoolExecutor};

const NUMBERS: [u64; 6] = [
    112_272_535_095_293,
    112_582_705_942_171,
    112_272_535_095_293,
    115_280_095_190_773,
    115_797_848_077_099,
    1_099_726_899_285_419,
];

fn is_prime(number: u64) -> bool {
    if number < 2 {
        return false;
    }
    if number.is_multiple_of(2) {
        return number == 2;
    }
    let odd = (3..).step_by(2);
    odd.take_while(|n| n * n <= number)
        .all(|n| !number.is_multiple_of(n))
}

fn print_primes<E: Submit<u64, bool>>(executor: &E) {
    let answers = executor.map(is_prime, NUMBERS).unwrap();
    for (number, answer) in NUMBERS.iter().zip(answers) {
        println!("{number} is prime: {}", answer.unwrap());
    }
}

fn main() {
    let executor = ThreadPoolExecutor::default();
    print_primes(&executor);
    // A pool of threads takes closures that capture, too, and many small items in few tasks.
    let least = 1000;
    let map = executor.map(move |n| is_prime(least + n), 0..9000_u64);
    let primes = map.unwrap().into_vec().unwrap();
    let count = primes.iter().filter(|&&is_prime| is_prime).count();
    println!("primes of four digits: {count}");
}
