package io.cloister.launcher.process;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/// A key of the simulated platform, in two files: PKCS #8 and X.509 SubjectPublicKeyInfo (RFC
/// 8410). Nothing outside this package can sign with it.
final class PlatformKey {
    private static final int SPKI_LENGTH = 44;
    private static final int SPKI_PREFIX = SPKI_LENGTH - PublicSigningKey.LENGTH;

    private final PrivateKey privateKey;
    private final PublicSigningKey publicKey;

    private PlatformKey(PrivateKey privateKey, PublicSigningKey publicKey) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
    }

    /// Makes a key and writes it into `folder` as `name`.
    static void create(Path folder, String name) throws IOException {
        KeyPair pair;
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has Ed25519", e);
        }
        PrivateFolder.write(privateFile(folder, name), pair.getPrivate().getEncoded());
        PrivateFolder.write(publicFile(folder, name), pair.getPublic().getEncoded());
    }

    /// Reads the key that [#create] wrote.
    ///
    /// @throws IOException if the files are damaged or don't belong together
    static PlatformKey load(Path folder, String name) throws IOException {
        Path file = privateFile(folder, name);
        byte[] spki = Files.readAllBytes(publicFile(folder, name));
        try {
            if (spki.length == SPKI_LENGTH) {
                PrivateKey privateKey =
                        KeyFactory.getInstance("Ed25519")
                                .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(file)));
                byte[] raw = Arrays.copyOfRange(spki, SPKI_PREFIX, SPKI_LENGTH);
                var key = new PlatformKey(privateKey, new PublicSigningKey(Bytes.copyOf(raw)));
                Bytes probe = Bytes.utf8("do the two files belong together?");
                if (key.publicKey.verifies(probe, key.signature(probe))) {
                    return key;
                }
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + " is damaged", e);
        }
        throw new IOException(file + " is damaged");
    }

    /// Its public half.
    PublicSigningKey publicKey() {
        return publicKey;
    }

    /// A document, signed.
    <T> Envelope sign(DocumentType<T> type, T document) {
        Bytes payload = Bytes.copyOf(type.write(document).canonical());
        try {
            Bytes signature =
                    signature(Envelope.preAuthenticationEncoding(type.payloadType(), payload));
            return new Envelope(type.payloadType(), payload, publicKey.fingerprint(), signature);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("a loaded key signs", e);
        }
    }

    private Bytes signature(Bytes message) throws GeneralSecurityException {
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(privateKey);
        signer.update(message.toArray());
        return Bytes.copyOf(signer.sign());
    }

    private static Path privateFile(Path folder, String name) {
        return folder.resolve(name + ".pkcs8");
    }

    private static Path publicFile(Path folder, String name) {
        return folder.resolve(name + ".spki");
    }

    /// Only the public half.
    @Override
    public String toString() {
        return publicKey.toString();
    }
}
