// Seals or opens standard input with npm's age-encryption, for the interoperability test.
// node age.js seal RECIPIENT | open IDENTITY | recipient IDENTITY
import { readFileSync, writeFileSync } from "node:fs";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";

const [what, key] = process.argv.slice(2);
if (what === "recipient") {
  writeFileSync(1, await identityToRecipient(key));
} else if (what === "seal") {
  const encrypter = new Encrypter();
  encrypter.addRecipient(key);
  writeFileSync(1, await encrypter.encrypt(readFileSync(0)));
} else {
  const decrypter = new Decrypter();
  decrypter.addIdentity(key);
  writeFileSync(1, await decrypter.decrypt(readFileSync(0)));
}
