//! NTTs of the columns of a matrix, by the transform of Plonky3's that is fastest for the field and width.
//!
//! zkmark's polynomials lie one after another, Plonky3's are the columns of a row-major matrix: the input is
//! transposed before, and the output after, the timed call, so that Plonky3 runs on the layout it is best at.

use p3_baby_bear::BabyBear;
use p3_dft::{Radix2DFTSmallBatch, Radix2DitParallel, TwoAdicSubgroupDft};
use p3_field::{Field, PrimeField64, TwoAdicField};
use p3_goldilocks::Goldilocks;
use p3_koala_bear::KoalaBear;
use p3_matrix::Matrix;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_monty_31::dft::RecursiveDft;
use protocol::{Job, Preparation, Prepared, little_endian32, little_endian64, time};

struct Ntt<F: Field, D> {
    dft: D,
    input: RowMajorMatrix<F>,
    output: RowMajorMatrix<F>,
    inverse: bool,
    bit_reversed: bool,
    shift: Option<F>,
    word_bytes: usize,
}

impl<F: TwoAdicField + PrimeField64, D: TwoAdicSubgroupDft<F>> Prepared for Ntt<F, D> {
    fn run(&mut self) -> f64 {
        // The output before is given back first: zkmark's loop does the same.
        self.output = RowMajorMatrix::new(Vec::new(), 1);
        let input = self.input.clone();
        let dft = &self.dft;
        let (seconds, output) = match (self.inverse, self.bit_reversed, self.shift) {
            (false, true, None) => time(|| dft.dft_batch(input).bit_reverse_rows().to_row_major_matrix()),
            (false, true, Some(s)) => {
                time(|| dft.coset_dft_batch(input, s).bit_reverse_rows().to_row_major_matrix())
            }
            (false, false, None) => time(|| dft.dft_batch(input).to_row_major_matrix()),
            (false, false, Some(s)) => time(|| dft.coset_dft_batch(input, s).to_row_major_matrix()),
            (true, _, None) => time(|| dft.idft_batch(input)),
            (true, _, Some(s)) => time(|| dft.coset_idft_batch(input, s)),
        };
        self.output = output;
        seconds
    }

    fn output(&self) -> Vec<u8> {
        let columns = self.output.transpose();
        let words = columns.values.iter().map(|v| v.as_canonical_u64());
        if self.word_bytes == 4 { little_endian32(words.map(|v| v as u32)) } else { little_endian64(words) }
    }

    fn differs(&self) -> Vec<String> {
        match self.input.width() {
            1 => Vec::new(),
            _ => vec!["Plonky3 has its polynomials as the columns of a row-major matrix".to_string()],
        }
    }
}

fn make<F: TwoAdicField + PrimeField64, D: TwoAdicSubgroupDft<F> + 'static>(
    job: &Job,
    values: Vec<F>,
    word_bytes: usize,
) -> Preparation {
    let inverse = job.text("direction") == "inverse";
    let bit_reversed = job.text("order") == "bit-reversed";
    if inverse && bit_reversed {
        return Err("Plonky3 has no inverse NTT from bit-reversed order".to_string());
    }
    let rows = 1 << job.number("log_size");
    let input = RowMajorMatrix::new(values, rows).transpose();
    let shift = job.flag("coset").then_some(F::GENERATOR);
    let output = RowMajorMatrix::new(Vec::new(), 1);
    Ok(Box::new(Ntt { dft: D::default(), input, output, inverse, bit_reversed, shift, word_bytes }))
}

/// What stands in `PEER_DFT`, for comparing Plonky3's transforms with each other; else the fastest.
fn choice(fastest: &str) -> String {
    std::env::var("PEER_DFT").unwrap_or_else(|_| fastest.to_string())
}

macro_rules! monty31 {
    ($field:ty, $job:expr) => {{
        let values = $job.words32("values").into_iter().map(<$field>::new).collect();
        match choice("recursive").as_str() {
            "small" => make::<$field, Radix2DFTSmallBatch<$field>>($job, values, 4),
            "parallel" => make::<$field, Radix2DitParallel<$field>>($job, values, 4),
            _ => make::<$field, RecursiveDft<$field>>($job, values, 4),
        }
    }};
}

pub fn prepare(job: &Job) -> Preparation {
    match job.text("field") {
        "babybear" => monty31!(BabyBear, job),
        "koalabear" => monty31!(KoalaBear, job),
        "goldilocks" => {
            let values = job.words64("values").into_iter().map(Goldilocks::new).collect();
            match choice("parallel").as_str() {
                "small" => make::<Goldilocks, Radix2DFTSmallBatch<Goldilocks>>(job, values, 8),
                _ => make::<Goldilocks, Radix2DitParallel<Goldilocks>>(job, values, 8),
            }
        }
        other => Err(format!("Plonky3 has no NTT over {other}")),
    }
}
