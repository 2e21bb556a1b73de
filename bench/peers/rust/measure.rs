//! Measures the crate `dcap-qvl` with `ring`: `measure FOLDER ROUNDS` verifies what bench/verification wrote into
//! FOLDER, again and again, and prints the nanoseconds of one verification, one line a round.
use std::{env, fs, path::Path, time::Instant};

use dcap_qvl::{verify::ring::verify, QuoteCollateralV3};
use serde_json::{value::RawValue, Map, Value};

const ROUND_NANOS: u128 = 100_000_000;

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect(name)
}

/// The signed text of an answer of Intel's service, and its signature.
fn signed(answer: &str, name: &str) -> (String, Vec<u8>) {
    let parts: std::collections::HashMap<String, Box<RawValue>> = serde_json::from_str(answer).expect(name);
    let outer: Map<String, Value> = serde_json::from_str(answer).expect(name);
    let digits = outer["signature"].as_str().expect("signature");
    let signature = (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("signature"))
        .collect();
    (parts[name].get().to_owned(), signature)
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let folder = Path::new(&arguments[1]);
    let rounds: usize = arguments[2].parse().expect("rounds");
    let read = |name: &str| fs::read(folder.join(name)).expect(name);
    let quote = read("quote.bin");
    let now: u64 = text(folder, "instant").trim().parse().expect("instant");
    let (tcb_info, tcb_info_signature) = signed(&text(folder, "tcb-info.json"), "tcbInfo");
    let (qe_identity, qe_identity_signature) = signed(&text(folder, "qe-identity.json"), "enclaveIdentity");
    let collateral = QuoteCollateralV3 {
        pck_crl_issuer_chain: text(folder, "pck-chain.pem"),
        root_ca_crl: read("root-crl.der"),
        pck_crl: read("pck-crl.der"),
        tcb_info_issuer_chain: text(folder, "signer-chain.pem"),
        tcb_info,
        tcb_info_signature,
        qe_identity_issuer_chain: text(folder, "signer-chain.pem"),
        qe_identity,
        qe_identity_signature,
        pck_certificate_chain: None,
    };
    let report = verify(&quote, &collateral, now).expect("not verified");
    eprintln!("{}", report.status);
    for round in 0..=rounds {
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed().as_nanos() < ROUND_NANOS {
            verify(&quote, &collateral, now).expect("not verified");
            count += 1;
        }
        if round > 0 {
            println!("{}", start.elapsed().as_nanos() / count);
        }
    }
}
