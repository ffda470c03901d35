//! blst's Pippenger, `MultiPoint::mult`.
//!
//! The library has a thread pool of its own, one thread a processor that the process may run on. So the process is
//! bound to as many processors as zkmark uses threads before the pool is made.

use blst::{MultiPoint, blst_fp, blst_p1, blst_p1_affine};
use protocol::{Job, Preparation, Prepared, little_endian64, time};

const SCALAR_BITS: usize = 255;
const LIMBS: usize = 6;

struct Msm {
    points: Vec<blst_p1_affine>,
    scalars: Vec<u8>,
    sum: blst_p1,
}

impl Prepared for Msm {
    fn run(&mut self) -> f64 {
        let (seconds, sum) = time(|| self.points.mult(&self.scalars, SCALAR_BITS));
        self.sum = sum;
        seconds
    }

    fn output(&self) -> Vec<u8> {
        let mut affine = blst_p1_affine::default();
        let mut words = [0; 2 * LIMBS];
        // SAFETY: plain arithmetic on values that outlive the calls; six words are written for a coordinate.
        unsafe {
            if !blst::blst_p1_is_inf(&self.sum) {
                blst::blst_p1_to_affine(&mut affine, &self.sum);
                blst::blst_uint64_from_fp(words.as_mut_ptr(), &affine.x);
                blst::blst_uint64_from_fp(words[LIMBS..].as_mut_ptr(), &affine.y);
            }
        }
        little_endian64(words)
    }
}

fn coordinate(words: &[u64]) -> blst_fp {
    let mut element = blst_fp::default();
    // SAFETY: six words are read.
    unsafe { blst::blst_fp_from_uint64(&mut element, words[..LIMBS].as_ptr()) };
    element
}

/// Leaves the process the first `count` of the processors that it may run on.
fn bind_to_processors(count: usize) {
    // SAFETY: `cpu_set_t` is a plain bit set, and its own size is passed.
    unsafe {
        let mut allowed: libc::cpu_set_t = std::mem::zeroed();
        let size = size_of::<libc::cpu_set_t>();
        if libc::sched_getaffinity(0, size, &mut allowed) != 0 {
            return;
        }
        let mut kept: libc::cpu_set_t = std::mem::zeroed();
        let all = 0..libc::CPU_SETSIZE as usize;
        for cpu in all.filter(|&cpu| libc::CPU_ISSET(cpu, &allowed)).take(count) {
            libc::CPU_SET(cpu, &mut kept);
        }
        libc::sched_setaffinity(0, size, &kept);
    }
}

fn prepare(job: &Job) -> Preparation {
    if job.kernel != "msm" || job.text("curve") != "bls12-381-g1" {
        return Err("blst has multi-scalar multiplication on BLS12-381 alone".to_string());
    }
    if job.number("size") == 0 {
        return Err("blst takes no empty sum".to_string());
    }
    bind_to_processors(job.threads);
    let words = job.words64("points");
    let points = words
        .as_chunks::<{ 2 * LIMBS }>()
        .0
        .iter()
        .map(|point| blst_p1_affine { x: coordinate(point), y: coordinate(&point[LIMBS..]) })
        .collect();
    Ok(Box::new(Msm { points, scalars: job.bytes("scalars"), sum: blst_p1::default() }))
}

fn main() {
    protocol::serve(prepare);
}
