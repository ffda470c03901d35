//! Miden's RPO-256 and Poseidon2 under zkmark's tree rules, which are its own for leaves of whole blocks.
//!
//! The library's `MerkleTree` hashes with Poseidon2 alone, on one thread, over leaves that are digests. So the
//! trees here are made of what it is made of, `hash_elements` and `merge`; Rayon shares the calls among
//! threads, as the library's own concurrent trees do.

use miden_crypto::hash::poseidon2::Poseidon2;
use miden_crypto::hash::rpo::Rpo256;
use miden_crypto::{Felt, Word};
use protocol::{Job, Preparation, Prepared, little_endian64, time};
use rayon::prelude::*;

/// Calls that one task makes: enough to make its start not count.
const TASK: usize = 64;

trait Hash: Send + Sync + 'static {
    fn leaf(elements: &[Felt]) -> Word;
    fn pair(words: &[Word; 2]) -> Word;
}

impl Hash for Rpo256 {
    fn leaf(elements: &[Felt]) -> Word {
        Rpo256::hash_elements(elements)
    }

    fn pair(words: &[Word; 2]) -> Word {
        Rpo256::merge(words)
    }
}

impl Hash for Poseidon2 {
    fn leaf(elements: &[Felt]) -> Word {
        Poseidon2::hash_elements(elements)
    }

    fn pair(words: &[Word; 2]) -> Word {
        Poseidon2::merge(words)
    }
}

/// Returns every layer's digests, the leaves' first; the last one is the root.
fn tree<H: Hash>(leaves: &[Felt], width: usize) -> Vec<Vec<Word>> {
    let mut layers: Vec<Vec<Word>> =
        vec![leaves.par_chunks_exact(width).with_min_len(TASK).map(H::leaf).collect()];
    while let Some(below) = layers.last().filter(|layer| layer.len() > 1) {
        let pairs = below.as_chunks::<2>().0;
        let layer = pairs.par_iter().with_min_len(TASK).map(H::pair).collect();
        layers.push(layer);
    }
    layers
}

struct Tree {
    leaves: Vec<Felt>,
    width: usize,
    build: fn(&[Felt], usize) -> Vec<Vec<Word>>,
    layers: Vec<Vec<Word>>,
}

impl Prepared for Tree {
    fn run(&mut self) -> f64 {
        // The tree before is given back first: zkmark's loop does the same.
        self.layers.clear();
        let (seconds, layers) = time(|| (self.build)(&self.leaves, self.width));
        self.layers = layers;
        seconds
    }

    fn output(&self) -> Vec<u8> {
        let root = self.layers.last().and_then(|layer| layer.first()).expect("a run before the output");
        little_endian64(root.as_elements().iter().map(Felt::as_canonical_u64))
    }

    fn differs(&self) -> Vec<String> {
        vec![
            "its trees are made of its hashes here, because its MerkleTree is Poseidon2 on one thread"
                .to_string(),
        ]
    }
}

fn prepare(job: &Job) -> Preparation {
    let build = match (job.kernel.as_str(), job.text("hash")) {
        ("merkle", "rpo-256") => tree::<Rpo256>,
        ("merkle", "poseidon2-goldilocks-12") => tree::<Poseidon2>,
        (kernel, hash) => return Err(format!("Miden crypto has no {kernel} of {hash}")),
    };
    let width = job.number("leaf_width");
    if job.text("hash") != "rpo-256" && !width.is_multiple_of(8) {
        return Err("Miden crypto marks the length of leaves that are no whole blocks".to_string());
    }
    let leaves = job.words64("leaves").into_iter().map(Felt::new_unchecked).collect();
    Ok(Box::new(Tree { leaves, width, build, layers: Vec::new() }))
}

fn main() {
    protocol::serve(prepare);
}
