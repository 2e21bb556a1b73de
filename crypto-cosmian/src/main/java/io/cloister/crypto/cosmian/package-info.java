/// The cipher suite of the Cosmian dialect (spec/cosmian.md), byte for byte what libsodium makes:
/// files are [secretbox messages][io.cloister.crypto.cosmian.SecretboxOpening], keys travel in
/// [signed][io.cloister.crypto.cosmian.KeyBlob] and sealed boxes.
///
/// It is here for programs and clients written against it, and used for nothing else. All of it is
/// classical: a quantum computer opens every sealed box, and with it every file, ever sent. A
/// secretbox names neither its file nor its place, so ciphertexts of one key can be swapped, and
/// nothing of a message is authentic before its end was read.
@NullMarked
package io.cloister.crypto.cosmian;

import org.jspecify.annotations.NullMarked;
