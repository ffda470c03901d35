//! Plonky3's NTTs and Merkle trees.

mod merkle;
mod ntt;

fn main() {
    protocol::serve(|job| match job.kernel.as_str() {
        "ntt" => ntt::prepare(job),
        "merkle" => merkle::prepare(job),
        other => Err(format!("Plonky3 has no {other}")),
    });
}
