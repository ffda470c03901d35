//! NTTs of the columns of a matrix, by the transform of Plonky3's that is fastest for the case.
//!
//! Plonky3 has several, none of which is best for every field, length and width; which one to call is the user's
//! choice. So each is tried on the case before anything counts, and the fastest one is measured.
//!
//! zkmark's polynomials lie one after another, Plonky3's are the columns of a row-major matrix: the input is
//! transposed before, and the output after, the timed call, so that Plonky3 runs on the layout it is best at.

use p3_baby_bear::BabyBear;
use p3_dft::{Radix2DFTSmallBatch, Radix2DitParallel, TwoAdicSubgroupDft};
use p3_field::{PrimeField64, TwoAdicField};
use p3_goldilocks::Goldilocks;
use p3_koala_bear::KoalaBear;
use p3_matrix::Matrix;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_monty_31::dft::RecursiveDft;
use protocol::{Job, Preparation, Prepared, little_endian32, little_endian64, time};

/// One of Plonky3's transforms, ready for the case: takes the input, gives the seconds and the output.
type Transform<F> = Box<dyn Fn(RowMajorMatrix<F>) -> (f64, RowMajorMatrix<F>)>;

/// What is asked for of a transform.
#[derive(Clone, Copy)]
struct Form<F> {
    inverse: bool,
    bit_reversed: bool,
    shift: Option<F>,
}

fn transform<F: TwoAdicField, D: TwoAdicSubgroupDft<F> + 'static>(form: Form<F>) -> Transform<F> {
    let dft = D::default();
    Box::new(move |input| match (form.inverse, form.bit_reversed, form.shift) {
        (false, true, None) => time(|| dft.dft_batch(input).bit_reverse_rows().to_row_major_matrix()),
        (false, true, Some(s)) => {
            time(|| dft.coset_dft_batch(input, s).bit_reverse_rows().to_row_major_matrix())
        }
        (false, false, None) => time(|| dft.dft_batch(input).to_row_major_matrix()),
        (false, false, Some(s)) => time(|| dft.coset_dft_batch(input, s).to_row_major_matrix()),
        (true, _, None) => time(|| dft.idft_batch(input)),
        (true, _, Some(s)) => time(|| dft.coset_idft_batch(input, s)),
    })
}

/// Returns the fastest of some transforms; the first run of each makes its twiddles and does not count.
fn fastest<F: TwoAdicField>(transforms: Vec<Transform<F>>, input: &RowMajorMatrix<F>) -> Transform<F> {
    let seconds = |transform: &Transform<F>| {
        transform(input.clone());
        (0..2).map(|_| transform(input.clone()).0).fold(f64::INFINITY, f64::min)
    };
    transforms
        .into_iter()
        .map(|transform| (seconds(&transform), transform))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .expect("a transform")
        .1
}

struct Ntt<F> {
    transform: Transform<F>,
    input: RowMajorMatrix<F>,
    output: RowMajorMatrix<F>,
    word_bytes: usize,
}

impl<F: TwoAdicField + PrimeField64> Prepared for Ntt<F> {
    fn run(&mut self) -> f64 {
        // The output before is given back first: zkmark's loop does the same.
        self.output = RowMajorMatrix::new(Vec::new(), 1);
        let (seconds, output) = (self.transform)(self.input.clone());
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
            _ => vec![
                "its polynomials are the columns of a row-major matrix, zkmark's lie in rows".to_string(),
            ],
        }
    }
}

fn make<F: TwoAdicField + PrimeField64>(
    job: &Job,
    values: Vec<F>,
    word_bytes: usize,
    transforms: impl Fn(Form<F>) -> Vec<Transform<F>>,
) -> Preparation {
    let inverse = job.text("direction") == "inverse";
    let bit_reversed = job.text("order") == "bit-reversed";
    if inverse && bit_reversed {
        return Err("Plonky3 has no inverse NTT from bit-reversed order".to_string());
    }
    let rows = 1 << job.number("log_size");
    let input = RowMajorMatrix::new(values, rows).transpose();
    let shift = job.flag("coset").then_some(F::GENERATOR);
    let transform = fastest(transforms(Form { inverse, bit_reversed, shift }), &input);
    let output = RowMajorMatrix::new(Vec::new(), 1);
    Ok(Box::new(Ntt { transform, input, output, word_bytes }))
}

macro_rules! monty31 {
    ($field:ty, $job:expr) => {{
        let values = $job.words32("values").into_iter().map(<$field>::new).collect();
        make::<$field>($job, values, 4, |form| {
            vec![
                transform::<$field, RecursiveDft<$field>>(form),
                transform::<$field, Radix2DFTSmallBatch<$field>>(form),
                transform::<$field, Radix2DitParallel<$field>>(form),
            ]
        })
    }};
}

pub fn prepare(job: &Job) -> Preparation {
    match job.text("field") {
        "babybear" => monty31!(BabyBear, job),
        "koalabear" => monty31!(KoalaBear, job),
        "goldilocks" => {
            let values = job.words64("values").into_iter().map(Goldilocks::new).collect();
            make::<Goldilocks>(job, values, 8, |form| {
                vec![
                    transform::<Goldilocks, Radix2DFTSmallBatch<Goldilocks>>(form),
                    transform::<Goldilocks, Radix2DitParallel<Goldilocks>>(form),
                ]
            })
        }
        other => Err(format!("Plonky3 has no NTT over {other}")),
    }
}
