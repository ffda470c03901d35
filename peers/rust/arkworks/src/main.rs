//! arkworks' transforms (`Radix2EvaluationDomain`) and multi-scalar multiplications (`VariableBaseMSM`).

use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInteger, FftField, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use protocol::{Job, Preparation, Prepared, little_endian64, time};

/// An element from canonical words, the least significant first.
fn element<F: PrimeField>(words: &[u64]) -> F {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    F::from_le_bytes_mod_order(&bytes)
}

fn elements<F: PrimeField>(words: &[u64]) -> Vec<F> {
    words.chunks(F::BigInt::NUM_LIMBS).map(element).collect()
}

fn words<F: PrimeField>(value: &F) -> Vec<u64> {
    value.into_bigint().as_ref().to_vec()
}

struct Ntt<F: FftField> {
    domain: Radix2EvaluationDomain<F>,
    input: Vec<Vec<F>>,
    work: Vec<Vec<F>>,
    inverse: bool,
}

impl<F: PrimeField> Prepared for Ntt<F> {
    fn run(&mut self) -> f64 {
        self.work = self.input.clone(); // the library works in place
        let (domain, inverse) = (&self.domain, self.inverse);
        let work = &mut self.work;
        let (seconds, ()) = time(|| {
            for polynomial in work {
                if inverse {
                    domain.ifft_in_place(polynomial);
                } else {
                    domain.fft_in_place(polynomial);
                }
            }
        });
        seconds
    }

    fn output(&self) -> Vec<u8> {
        little_endian64(self.work.iter().flatten().flat_map(words))
    }
}

fn ntt<F: PrimeField>(job: &Job) -> Preparation {
    if job.text("order") == "bit-reversed" {
        return Err("arkworks has no NTT in bit-reversed order".to_string());
    }
    let size = 1 << job.number("log_size");
    let domain = Radix2EvaluationDomain::<F>::new(size).ok_or("arkworks has no domain of this size")?;
    let domain = match job.flag("coset") {
        true => domain.get_coset(F::GENERATOR).ok_or("arkworks has no coset of this domain")?,
        false => domain,
    };
    let values = elements::<F>(&job.words64("values"));
    let input = values.chunks(size).map(<[F]>::to_vec).collect();
    let inverse = job.text("direction") == "inverse";
    Ok(Box::new(Ntt { domain, input, work: Vec::new(), inverse }))
}

struct Msm<G: CurveGroup> {
    points: Vec<G::Affine>,
    scalars: Vec<G::ScalarField>,
    sum: G,
}

impl<G: CurveGroup + VariableBaseMSM> Prepared for Msm<G>
where
    G::BaseField: PrimeField,
{
    fn run(&mut self) -> f64 {
        let (seconds, sum) = time(|| G::msm_unchecked(&self.points, &self.scalars));
        self.sum = sum;
        seconds
    }

    fn output(&self) -> Vec<u8> {
        let limbs = <G::BaseField as PrimeField>::BigInt::NUM_LIMBS;
        match self.sum.into_affine().xy() {
            Some((x, y)) => little_endian64(words(&x).into_iter().chain(words(&y))),
            None => little_endian64(vec![0; 2 * limbs]),
        }
    }
}

fn msm<G>(job: &Job, point: impl Fn(G::BaseField, G::BaseField) -> G::Affine) -> Preparation
where
    G: CurveGroup + VariableBaseMSM + 'static,
    G::BaseField: PrimeField,
{
    let limbs = <G::BaseField as PrimeField>::BigInt::NUM_LIMBS;
    let points = job
        .words64("points")
        .chunks(2 * limbs)
        .map(|words| match words.iter().all(|&word| word == 0) {
            true => G::Affine::zero(),
            false => point(element(&words[..limbs]), element(&words[limbs..])),
        })
        .collect();
    let scalars = elements(&job.words64("scalars"));
    Ok(Box::new(Msm::<G> { points, scalars, sum: G::zero() }))
}

fn prepare(job: &Job) -> Preparation {
    match (job.kernel.as_str(), job.text("field"), job.text("curve")) {
        ("ntt", "bn254-fr", _) => ntt::<ark_bn254::Fr>(job),
        ("ntt", "bls12-381-fr", _) => ntt::<ark_bls12_381::Fr>(job),
        ("ntt", "pallas-fp", _) => ntt::<ark_pallas::Fq>(job),
        ("ntt", "vesta-fp", _) => ntt::<ark_vesta::Fq>(job),
        ("msm", _, "bn254-g1") => msm::<ark_bn254::G1Projective>(job, ark_bn254::G1Affine::new_unchecked),
        ("msm", _, "bls12-381-g1") => {
            msm::<ark_bls12_381::G1Projective>(job, ark_bls12_381::G1Affine::new_unchecked)
        }
        ("msm", _, "pallas") => msm::<ark_pallas::Projective>(job, ark_pallas::Affine::new_unchecked),
        ("msm", _, "vesta") => msm::<ark_vesta::Projective>(job, ark_vesta::Affine::new_unchecked),
        (kernel, field, curve) => Err(format!("arkworks is not asked for {kernel} over {field}{curve}")),
    }
}

fn main() {
    protocol::serve(prepare);
}
