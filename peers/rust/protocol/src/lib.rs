//! How zkmark talks to a peer; `peers/README.md` has the protocol in words.
//!
//! A peer's `main` calls [`serve`] with a function that makes a [`Prepared`] from a [`Job`]. Whatever the
//! library wants in another form is converted in there and in [`Prepared::output`]; only what stands inside
//! of [`time`] counts.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::time::Instant;

use serde_json::Map;
pub use serde_json::{Value, json};

/// One case as zkmark describes it.
pub struct Job {
    pub kernel: String,
    pub parameters: HashMap<String, Value>,
    pub threads: usize,
    inputs: HashMap<String, String>,
    output: String,
}

impl Job {
    fn read(path: &str) -> Job {
        let text = std::fs::read_to_string(path).expect("the job file is readable");
        let value: Value = serde_json::from_str(&text).expect("the job file is JSON");
        let map = |name: &str| -> HashMap<String, Value> {
            value[name].as_object().expect("an object").clone().into_iter().collect()
        };
        Job {
            kernel: value["kernel"].as_str().expect("a kernel").to_string(),
            parameters: map("parameters"),
            threads: value["threads"].as_u64().expect("a thread count") as usize,
            inputs: map("inputs")
                .into_iter()
                .map(|(name, path)| (name, path.as_str().expect("a path").to_string()))
                .collect(),
            output: value["output"].as_str().expect("a path").to_string(),
        }
    }

    /// A parameter that is a string; empty if it is absent or not one.
    pub fn text(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// A parameter that is a whole number.
    pub fn number(&self, name: &str) -> usize {
        self.parameters.get(name).and_then(Value::as_u64).expect("a number") as usize
    }

    /// A parameter that is true or false; false if it is absent.
    pub fn flag(&self, name: &str) -> bool {
        self.parameters.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// An input as it lies in its file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(&self.inputs[name]).expect("the input is readable")
    }

    /// An input of 32-bit words.
    pub fn words32(&self, name: &str) -> Vec<u32> {
        self.bytes(name).as_chunks::<4>().0.iter().map(|c| u32::from_le_bytes(*c)).collect()
    }

    /// An input of 64-bit words; wide elements have several, the least significant first.
    pub fn words64(&self, name: &str) -> Vec<u64> {
        self.bytes(name).as_chunks::<8>().0.iter().map(|c| u64::from_le_bytes(*c)).collect()
    }
}

/// A case made ready: what a library needs is in its own form.
pub trait Prepared {
    /// Calls the library once and returns what [`time`] returned: the seconds of that call.
    fn run(&mut self) -> f64;
    /// The last run's output in zkmark's form.
    fn output(&self) -> Vec<u8>;
    /// The last run's seconds by part, when the library is called in parts; they add up to the run's.
    fn phases(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
    /// What else is known after a run: sizes, options, shapes.
    fn facts(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }
    /// What differs from zkmark's case, one sentence each.
    fn differs(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What [`serve`] is given: a case made ready, or one sentence why there is none.
pub type Preparation = Result<Box<dyn Prepared>, String>;

/// Runs `call` and returns its seconds and its value, which is kept from being optimised away.
pub fn time<T>(call: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let value = std::hint::black_box(call());
    (start.elapsed().as_secs_f64(), value)
}

pub fn little_endian64(words: impl IntoIterator<Item = u64>) -> Vec<u8> {
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

pub fn little_endian32(words: impl IntoIterator<Item = u32>) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn answer(value: Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}").and_then(|()| out.flush()).expect("zkmark is listening");
}

/// Runs some times; the answer has phases and facts only where the peer tells any.
fn run(prepared: &mut dyn Prepared, times: usize) -> Value {
    let mut seconds = Vec::new();
    let mut phases: Map<String, Value> = Map::new();
    for _ in 0..times {
        seconds.push(prepared.run());
        for (name, part) in prepared.phases() {
            let parts = phases.entry(name).or_insert_with(|| json!([]));
            parts.as_array_mut().expect("only lists are put in").push(json!(part));
        }
    }
    let facts: Map<String, Value> =
        prepared.facts().into_iter().map(|(name, fact)| (name.to_string(), fact)).collect();
    let mut told = json!({ "seconds": seconds });
    for (name, map) in [("phases", phases), ("facts", facts)] {
        if !map.is_empty() {
            told[name] = Value::Object(map);
        }
    }
    told
}

fn respond(request: &str, prepared: &mut dyn Prepared, output: &str) -> Value {
    let mut words = request.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("run"), Some(times), None) => match times.parse::<usize>() {
            Ok(times) => run(prepared, times),
            Err(_) => json!({ "error": format!("not a number of runs: {times}") }),
        },
        (Some("output"), None, None) => match std::fs::write(output, prepared.output()) {
            Ok(()) => json!({ "written": true }),
            Err(error) => json!({ "error": format!("the output cannot be written: {error}") }),
        },
        _ => json!({ "error": format!("no such request: {request}") }),
    }
}

/// Serves one job; `prepare` says in one sentence why it cannot.
pub fn serve(prepare: impl FnOnce(&Job) -> Preparation) {
    let path = std::env::args().nth(1).expect("the path of a job file");
    let job = Job::read(&path);
    // This thread is one of the pool's, so that one thread is one thread and nothing is handed over.
    rayon::ThreadPoolBuilder::new()
        .num_threads(job.threads)
        .use_current_thread()
        .build_global()
        .expect("the thread pool is not yet in use");
    let mut prepared = match prepare(&job) {
        Ok(prepared) => prepared,
        Err(why) => return answer(json!({ "unsupported": why })),
    };
    answer(json!({ "ready": true, "differs": prepared.differs() }));
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("zkmark writes text");
        match line.trim() {
            "quit" => return,
            request => answer(respond(request, prepared.as_mut(), &job.output)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(u8);

    impl Prepared for Counter {
        fn run(&mut self) -> f64 {
            self.0 += 1;
            f64::from(self.0)
        }

        fn output(&self) -> Vec<u8> {
            vec![self.0]
        }
    }

    #[test]
    fn runs_as_often_as_asked_and_writes_the_last_output() {
        let path = std::env::temp_dir().join(format!("peer-protocol-{}", std::process::id()));
        let output = path.to_str().expect("a path that is text");
        let mut counter = Counter(0);
        assert_eq!(respond("run 3", &mut counter, output), json!({ "seconds": [1.0, 2.0, 3.0] }));
        assert_eq!(respond("output", &mut counter, output), json!({ "written": true }));
        assert_eq!(std::fs::read(&path).expect("it was written"), [3]);
        std::fs::remove_file(path).expect("it is there");
    }

    struct Parts(f64);

    impl Prepared for Parts {
        fn run(&mut self) -> f64 {
            self.0 += 1.0;
            3.0 * self.0
        }

        fn output(&self) -> Vec<u8> {
            Vec::new()
        }

        fn phases(&self) -> Vec<(&'static str, f64)> {
            vec![("first", self.0), ("second", 2.0 * self.0)]
        }

        fn facts(&self) -> Vec<(&'static str, Value)> {
            vec![("size", json!(7))]
        }
    }

    #[test]
    fn tells_the_parts_of_each_run() {
        let want = json!({
            "seconds": [3.0, 6.0],
            "phases": { "first": [1.0, 2.0], "second": [2.0, 4.0] },
            "facts": { "size": 7 },
        });
        assert_eq!(respond("run 2", &mut Parts(0.0), "/nowhere"), want);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for request in ["run", "run x", "output 3", "dance", ""] {
            assert!(respond(request, &mut Counter(0), "/nowhere").get("error").is_some(), "{request}");
        }
    }

    #[test]
    fn words_are_little_endian() {
        assert_eq!(little_endian32([1, 0x0203]), [1, 0, 0, 0, 3, 2, 0, 0]);
        assert_eq!(little_endian64([0x0102]), [2, 1, 0, 0, 0, 0, 0, 0]);
    }
}
