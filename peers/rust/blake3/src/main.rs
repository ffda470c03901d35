//! The BLAKE3 library's own hashing under zkmark's tree rules: H(leaf), then H(left || right).
//!
//! Messages of whole blocks up to one chunk go through the library's `hash_many`, which hashes as many of
//! them side by side as the processor has lanes: what its own tree mode does with its chunks and parents.
//! Other leaves go through `blake3::hash`, one at a time. Rayon shares the messages among threads.

use blake3::IncrementCounter;
use blake3::platform::Platform;
use protocol::{Job, Preparation, Prepared, time};
use rayon::prelude::*;

/// The specification's initial value, and the flags of a message that is one chunk.
const IV: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const CHUNK_START: u8 = 1;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
/// Messages that one task hashes: enough to make its start not count.
const TASK: usize = 256;
const DIGEST: usize = 32;

/// Hashes messages of `N` bytes, whole blocks of at most one chunk, into `digests`.
fn hash_blocks<const N: usize>(messages: &[u8], digests: &mut [u8]) {
    let platform = Platform::detect();
    let task = |(messages, digests): (&[u8], &mut [u8])| {
        let messages: Vec<&[u8; N]> = messages.as_chunks::<N>().0.iter().collect();
        let flags_end = CHUNK_END | ROOT;
        platform.hash_many(&messages, &IV, 0, IncrementCounter::No, 0, CHUNK_START, flags_end, digests);
    };
    if messages.len() <= TASK * N {
        return task((messages, digests));
    }
    messages.par_chunks(TASK * N).zip(digests.par_chunks_mut(TASK * DIGEST)).for_each(task);
}

fn hash_one_by_one(messages: &[u8], length: usize, digests: &mut [u8]) {
    messages.par_chunks(TASK * length).zip(digests.par_chunks_mut(TASK * DIGEST)).for_each(
        |(messages, digests)| {
            let places = digests.as_chunks_mut::<DIGEST>().0.iter_mut();
            for (message, digest) in messages.chunks(length).zip(places) {
                *digest = *blake3::hash(message).as_bytes();
            }
        },
    );
}

fn hash_leaves(leaves: &[u8], length: usize, digests: &mut [u8]) {
    match length {
        64 => hash_blocks::<64>(leaves, digests),
        128 => hash_blocks::<128>(leaves, digests),
        256 => hash_blocks::<256>(leaves, digests),
        512 => hash_blocks::<512>(leaves, digests),
        1024 => hash_blocks::<1024>(leaves, digests),
        _ => hash_one_by_one(leaves, length, digests),
    }
}

/// Returns every layer's digests, the leaves' first; the last one is the root.
fn tree(leaves: &[u8], length: usize) -> Vec<Vec<u8>> {
    let mut layer = vec![0; leaves.len() / length * DIGEST];
    hash_leaves(leaves, length, &mut layer);
    let mut layers = vec![layer];
    while let Some(below) = layers.last().filter(|layer| layer.len() > DIGEST) {
        let mut layer = vec![0; below.len() / 2];
        hash_blocks::<64>(below, &mut layer);
        layers.push(layer);
    }
    layers
}

struct Tree {
    leaves: Vec<u8>,
    length: usize,
    layers: Vec<Vec<u8>>,
}

impl Prepared for Tree {
    fn run(&mut self) -> f64 {
        // The tree before is given back first: zkmark's loop does the same.
        self.layers.clear();
        let (seconds, layers) = time(|| tree(&self.leaves, self.length));
        self.layers = layers;
        seconds
    }

    fn output(&self) -> Vec<u8> {
        self.layers.last().cloned().unwrap_or_default()
    }
}

fn prepare(job: &Job) -> Preparation {
    if (job.kernel.as_str(), job.text("hash")) != ("merkle", "blake3") {
        return Err("the BLAKE3 library has trees of BLAKE3 only".to_string());
    }
    let leaves = job.bytes("leaves");
    let length = leaves.len() >> job.number("log_size");
    Ok(Box::new(Tree { leaves, length, layers: Vec::new() }))
}

fn main() {
    protocol::serve(prepare);
}
