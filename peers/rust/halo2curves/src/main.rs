//! halo2curves' `msm_best`, on BN254 and on the Pasta curves.

use halo2curves::CurveAffine;
use halo2curves::bn256;
use halo2curves::ff::PrimeField;
use halo2curves::group::Curve;
use halo2curves::msm::msm_best;
use halo2curves::pasta;
use protocol::{Job, Preparation, Prepared, time};

const BYTES: usize = 32;

/// An element from the bytes of its canonical words.
fn element<F: PrimeField>(bytes: &[u8]) -> F {
    let mut repr = F::Repr::default();
    repr.as_mut().copy_from_slice(bytes);
    F::from_repr(repr).expect("a canonical element")
}

fn elements<F: PrimeField>(bytes: &[u8]) -> Vec<F> {
    bytes.chunks(BYTES).map(element).collect()
}

struct Msm<C: CurveAffine> {
    points: Vec<C>,
    scalars: Vec<C::ScalarExt>,
    sum: C,
}

impl<C: CurveAffine> Prepared for Msm<C> {
    fn run(&mut self) -> f64 {
        let (seconds, sum) = time(|| msm_best(&self.scalars, &self.points));
        self.sum = sum.to_affine();
        seconds
    }

    fn output(&self) -> Vec<u8> {
        match Option::from(self.sum.coordinates()) {
            Some(c) => {
                let c: halo2curves::Coordinates<C> = c;
                [c.x().to_repr().as_ref(), c.y().to_repr().as_ref()].concat()
            }
            None => vec![0; 2 * BYTES],
        }
    }
}

fn msm<C: CurveAffine>(job: &Job) -> Preparation {
    let points = job
        .bytes("points")
        .chunks(2 * BYTES)
        .map(|bytes| match bytes.iter().all(|&byte| byte == 0) {
            true => C::identity(),
            false => C::from_xy(element(&bytes[..BYTES]), element(&bytes[BYTES..]))
                .expect("a point of the curve"),
        })
        .collect();
    Ok(Box::new(Msm { points, scalars: elements(&job.bytes("scalars")), sum: C::identity() }))
}

fn prepare(job: &Job) -> Preparation {
    match (job.kernel.as_str(), job.text("curve")) {
        ("msm", "bn254-g1") => msm::<bn256::G1Affine>(job),
        ("msm", "pallas") => msm::<pasta::PallasAffine>(job),
        ("msm", "vesta") => msm::<pasta::VestaAffine>(job),
        (kernel, curve) => Err(format!("halo2curves is not asked for {kernel} on {curve}")),
    }
}

fn main() {
    protocol::serve(prepare);
}
