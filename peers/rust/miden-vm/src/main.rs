//! Miden VM on zkmark's own programs: assembled, proven and verified with the library's defaults.
//!
//! A run is what a user of the library does: source text to program (`compile`), program and inputs to the
//! bytes of a proof (`prove`: execution, trace and STARK), bytes to a verdict (`verify`). Everything in between,
//! copies of inputs among it, is outside of the clock.

use miden_air::config::pcs_params;
use miden_air::trace::{AUX_TRACE_WIDTH, TRACE_WIDTH};
use miden_core::Felt;
use miden_vm::advice::AdviceInputs;
use miden_vm::trace::{TraceLenSummary, build_trace};
use miden_vm::{
    Assembler, DefaultHost, ExecutionOptions, ExecutionProof, FastProcessor, Program, ProvingOptions,
    StackInputs, StackOutputs, prove_sync,
};
use protocol::{Job, Preparation, Prepared, Value, json, little_endian64, time};

/// Elements of the stack that the verifier sees.
const PUBLIC: usize = 16;

struct Workload {
    source: String,
    stack: StackInputs,
    advice: AdviceInputs,
    digest: String,
    shape: TraceLenSummary,
    phases: Vec<(&'static str, f64)>,
    outputs: StackOutputs,
    proof_bytes: usize,
    security_bits: u32,
}

fn assemble(source: &str) -> Result<Program, String> {
    // The texts call nothing of Miden's core library, so none is linked.
    Assembler::default().assemble_program(source).map_err(|report| {
        // The outermost message may be no more than "syntax error"; what is wrong stands below it.
        let related = report.related().into_iter().flatten().map(ToString::to_string);
        let said: Vec<String> = report.chain().map(ToString::to_string).chain(related).collect();
        format!("Miden does not assemble the program: {}", said.join(": "))
    })
}

/// Runs the program once without a proof; says which rows its trace has and what it leaves.
fn execute(
    program: &Program,
    stack: StackInputs,
    advice: AdviceInputs,
) -> Result<(TraceLenSummary, StackOutputs), String> {
    let told = |error: &dyn std::fmt::Display| format!("Miden does not run the program: {error}");
    let processor = FastProcessor::new_with_options(stack, advice, ExecutionOptions::default())
        .map_err(|error| told(&error))?;
    let inputs = processor
        .execute_trace_inputs_sync(program, &mut DefaultHost::default())
        .map_err(|error| told(&error))?;
    let trace = build_trace(inputs).map_err(|error| told(&error))?;
    Ok((*trace.trace_len_summary(), *trace.stack_outputs()))
}

impl Prepared for Workload {
    fn run(&mut self) -> f64 {
        let (compile, program) = time(|| assemble(&self.source).expect("it was assembled before"));
        let advice = self.advice.clone();
        let (prove, (outputs, bytes)) = time(|| {
            let (outputs, proof) = prove_sync(
                &program,
                self.stack,
                advice,
                &mut DefaultHost::default(),
                ExecutionOptions::default(),
                ProvingOptions::default(),
            )
            .expect("it was executed before");
            (outputs, proof.to_bytes())
        });
        let info = program.to_info();
        let (verify, bits) = time(|| {
            let proof = ExecutionProof::from_bytes(&bytes).expect("the proof is one");
            miden_verifier::verify(info, self.stack, outputs, proof).expect("the proof holds")
        });
        self.phases = vec![("compile", compile), ("prove", prove), ("verify", verify)];
        self.outputs = outputs;
        self.proof_bytes = bytes.len();
        self.security_bits = bits;
        compile + prove + verify
    }

    fn output(&self) -> Vec<u8> {
        little_endian64(self.outputs.iter().map(Felt::as_canonical_u64))
    }

    fn phases(&self) -> Vec<(&'static str, f64)> {
        self.phases.clone()
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        let (params, chiplets) = (pcs_params(), self.shape.chiplets_trace_len());
        vec![
            ("digest", json!(self.digest)),
            ("proof_bytes", json!(self.proof_bytes)),
            ("security_bits", json!(self.security_bits)),
            (
                "options",
                json!({
                    "hash": "blake3",
                    "extension": 2,
                    "blowup": 1 << params.log_blowup(),
                    "queries": params.num_queries(),
                    "grinding_bits": params.query_pow_bits(),
                }),
            ),
            (
                "trace",
                json!({
                    "rows": self.shape.padded_trace_len(),
                    "used_rows": self.shape.trace_len(),
                    "cycles": self.shape.main_trace_len(),
                    "range_rows": self.shape.range_trace_len(),
                    "chiplet_rows": chiplets.trace_len(),
                    "main_columns": TRACE_WIDTH,
                    "auxiliary_columns": AUX_TRACE_WIDTH,
                }),
            ),
        ]
    }
}

fn prepare(job: &Job) -> Preparation {
    if job.kernel != "stackvm" {
        return Err(format!("Miden VM has no {}", job.kernel));
    }
    let source = String::from_utf8(job.bytes("program")).map_err(|_| "the program is no text")?;
    let elements: Vec<Felt> = job
        .words64("stack")
        .into_iter()
        .map(Felt::new)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("the stack's inputs are no field elements: {error}"))?;
    if elements.len() > PUBLIC {
        return Err(format!("Miden takes {PUBLIC} inputs on the stack, not {}", elements.len()));
    }
    let stack = StackInputs::new(&elements).map_err(|error| error.to_string())?;
    let advice = AdviceInputs::default()
        .with_stack_values(job.words64("advice"))
        .map_err(|error| error.to_string())?;
    let program = assemble(&source)?;
    let (shape, outputs) = execute(&program, stack, advice.clone())?;
    let digest = little_endian64(program.hash().iter().map(Felt::as_canonical_u64));
    Ok(Box::new(Workload {
        source,
        stack,
        advice,
        digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        shape,
        phases: Vec::new(),
        outputs,
        proof_bytes: 0,
        security_bits: 0,
    }))
}

fn main() {
    protocol::serve(prepare);
}
