//! Merkle trees over the rows of a matrix of field elements.
//!
//! Byte hashes take Goldilocks leaves only: Plonky3 hashes 31-bit elements as they lie in memory, in Montgomery
//! form, which gives another root than their canonical bytes.

use p3_baby_bear::{BabyBear, default_babybear_poseidon2_16, default_babybear_poseidon2_24};
use p3_blake3::Blake3;
use p3_field::{Field, PrimeField64};
use p3_goldilocks::{Goldilocks, default_goldilocks_poseidon2_8, default_goldilocks_poseidon2_12};
use p3_keccak::Keccak256Hash;
use p3_koala_bear::{KoalaBear, default_koalabear_poseidon2_16};
use p3_matrix::dense::RowMajorMatrix;
use p3_merkle_tree::MerkleTree;
use p3_sha256::Sha256;
use p3_symmetric::{
    CompressionFunctionFromHasher, PaddingFreeSponge, SerializingHasher, TruncatedPermutation,
};
use protocol::{Job, Preparation, Prepared, time};

struct Tree<F, B> {
    leaves: RowMajorMatrix<F>,
    build: B,
    root: Vec<u8>,
    differs: Vec<String>,
}

impl<F: Field, B: Fn(RowMajorMatrix<F>) -> (f64, Vec<u8>)> Prepared for Tree<F, B> {
    fn run(&mut self) -> f64 {
        let (seconds, root) = (self.build)(self.leaves.clone());
        self.root = root;
        seconds
    }

    fn output(&self) -> Vec<u8> {
        self.root.clone()
    }

    fn differs(&self) -> Vec<String> {
        self.differs.clone()
    }
}

fn boxed<F: Field>(
    leaves: Vec<F>,
    width: usize,
    build: impl Fn(RowMajorMatrix<F>) -> (f64, Vec<u8>) + 'static,
) -> Preparation {
    let leaves = RowMajorMatrix::new(leaves, width);
    Ok(Box::new(Tree { leaves, build, root: Vec::new(), differs: Vec::new() }))
}

fn elements<F: PrimeField64>(digest: &[F], word_bytes: usize) -> Vec<u8> {
    digest.iter().flat_map(|v| v.as_canonical_u64().to_le_bytes()[..word_bytes].to_vec()).collect()
}

// A tree whose sponge and compression are one permutation, over packed lanes where the field has them.
macro_rules! algebraic {
    ($field:ty, $permutation:expr, $width:literal, $rate:literal, $out:literal, $leaves:expr, $leaf:expr, $bytes:literal) => {{
        type P = <$field as Field>::Packing;
        let permutation = $permutation;
        let hash = PaddingFreeSponge::<_, $width, $rate, $out>::new(permutation.clone());
        let compress = TruncatedPermutation::<_, 2, $out, $width>::new(permutation);
        boxed::<$field>($leaves, $leaf, move |leaves| {
            let (seconds, tree) = time(|| {
                MerkleTree::<$field, $field, _, 2, $out>::new::<P, P, _, _>(&hash, &compress, vec![leaves])
            });
            let root: [$field; $out] = tree.root().into();
            (seconds, elements(&root, $bytes))
        })
    }};
}

macro_rules! bytes {
    ($field:ty, $hash:expr, $leaves:expr, $leaf:expr) => {{
        let hash = SerializingHasher::new($hash);
        let compress = CompressionFunctionFromHasher::<_, 2, 32>::new($hash);
        boxed::<$field>($leaves, $leaf, move |leaves| {
            let (seconds, tree) = time(|| {
                MerkleTree::<$field, u8, _, 2, 32>::new::<$field, u8, _, _>(&hash, &compress, vec![leaves])
            });
            let root: [u8; 32] = tree.root().into();
            (seconds, root.to_vec())
        })
    }};
}

pub fn prepare(job: &Job) -> Preparation {
    let leaf = job.number("leaf_width");
    let babybear = || job.words32("leaves").into_iter().map(BabyBear::new).collect::<Vec<_>>();
    let koalabear = || job.words32("leaves").into_iter().map(KoalaBear::new).collect::<Vec<_>>();
    let goldilocks = || job.words64("leaves").into_iter().map(Goldilocks::new).collect::<Vec<_>>();
    match (job.text("hash"), job.text("leaf_type")) {
        ("poseidon2-babybear-16", _) => {
            algebraic!(BabyBear, default_babybear_poseidon2_16(), 16, 8, 8, babybear(), leaf, 4)
        }
        ("poseidon2-babybear-24", _) => {
            algebraic!(BabyBear, default_babybear_poseidon2_24(), 24, 16, 8, babybear(), leaf, 4)
        }
        ("poseidon2-koalabear-16", _) => {
            algebraic!(KoalaBear, default_koalabear_poseidon2_16(), 16, 8, 8, koalabear(), leaf, 4)
        }
        ("poseidon2-goldilocks-8", _) => {
            algebraic!(Goldilocks, default_goldilocks_poseidon2_8(), 8, 4, 4, goldilocks(), leaf, 8)
        }
        ("poseidon2-goldilocks-12", _) => {
            algebraic!(Goldilocks, default_goldilocks_poseidon2_12(), 12, 8, 4, goldilocks(), leaf, 8)
        }
        ("sha-256", "goldilocks") => bytes!(Goldilocks, Sha256, goldilocks(), leaf),
        ("blake3", "goldilocks") => bytes!(Goldilocks, Blake3 {}, goldilocks(), leaf),
        ("keccak-256", "goldilocks") => bytes!(Goldilocks, Keccak256Hash {}, goldilocks(), leaf),
        (hash, leaf_type) => Err(format!("this peer has no tree of {hash} over leaves of {leaf_type}")),
    }
}
