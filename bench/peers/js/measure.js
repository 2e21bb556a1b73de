// Measures the package @phala/dcap-qvl: `measure.js FOLDER ROUNDS` verifies what bench/verification wrote into FOLDER,
// again and again, and prints the nanoseconds of one verification, one line a round.
const fs = require("fs");
const path = require("path");
const { verify } = require("@phala/dcap-qvl");

const ROUND_NANOS = 500_000_000n;
const WARM_UP = 4;

const [folder, rounds] = process.argv.slice(2);
const read = (name) => fs.readFileSync(path.join(folder, name));
const text = (name) => read(name).toString("utf8");

// The signed text of an answer of Intel's service, as it came, and its signature.
function signed(name, member) {
  const answer = text(name);
  const from = answer.indexOf("{", answer.indexOf(`"${member}"`));
  const to = answer.lastIndexOf("}", answer.lastIndexOf('"signature"')) + 1;
  return [answer.slice(from, to), JSON.parse(answer).signature];
}

const quote = new Uint8Array(read("quote.bin"));
const now = Number(text("instant"));
const [tcbInfo, tcbInfoSignature] = signed("tcb-info.json", "tcbInfo");
const [qeIdentity, qeIdentitySignature] = signed("qe-identity.json", "enclaveIdentity");
const collateral = {
  pck_crl_issuer_chain: text("pck-chain.pem"),
  root_ca_crl: read("root-crl.der"),
  pck_crl: read("pck-crl.der"),
  tcb_info_issuer_chain: text("signer-chain.pem"),
  tcb_info: tcbInfo,
  tcb_info_signature: tcbInfoSignature,
  qe_identity_issuer_chain: text("signer-chain.pem"),
  qe_identity: qeIdentity,
  qe_identity_signature: qeIdentitySignature,
};
console.error(verify(quote, collateral, now).status);
for (let round = -WARM_UP; round < Number(rounds); round++) {
  const start = process.hrtime.bigint();
  let count = 0n;
  while (process.hrtime.bigint() - start < ROUND_NANOS) {
    verify(quote, collateral, now);
    count++;
  }
  if (round >= 0) {
    console.log(String((process.hrtime.bigint() - start) / count));
  }
}
