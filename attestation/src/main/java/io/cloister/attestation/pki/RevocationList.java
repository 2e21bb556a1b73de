package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.math.BigInteger;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// A complete X.509 certificate revocation list of version 2 (RFC 5280 §5), read strictly. Lists
/// with critical extensions (delta or partial ones) are refused: what they leave out would pass for
/// not revoked. Nothing of it is verified by reading it. Immutable.
public final class RevocationList {
    private static final int EXTENSIONS_TAG = 0xa0;
    private static final int MAX_LENGTH = 1024 * 1024;
    private static final int MAX_SERIAL = 21;

    private final Bytes der;
    private final SignedDer frame;
    private final X509Name issuer;
    private final Instant thisUpdate;
    private final Instant nextUpdate;
    private final Set<BigInteger> revoked;

    private RevocationList(Bytes der, String name) throws MalformedException {
        this.der = der;
        this.frame = SignedDer.read(der, name);
        DerReader body = DerReader.of(frame.body(), name).element("body", DerReader.SEQUENCE);
        if (!body.natural("version", DerReader.INTEGER, 1).equals(BigInteger.ONE)) {
            throw new MalformedException(name + ".version", "version 2", "another");
        }
        if (!body.encoded("algorithm", DerReader.SEQUENCE).equals(frame.algorithmDer())) {
            throw new MalformedException(
                    name + ".algorithm", "the algorithm of the signature", "another");
        }
        this.issuer = X509Name.read(body, name + ".issuer");
        this.thisUpdate = X509Time.read(body, name + ".thisUpdate");
        this.nextUpdate = X509Time.read(body, name + ".nextUpdate");
        this.revoked = revoked(body, name);
        extensions(body, name);
        body.end();
    }

    /// Reads one list.
    ///
    /// @param der at most 1 MiB
    /// @param name of what it is, for failures
    /// @throws MalformedException if it is anything else, naming field and offset
    public static RevocationList parse(Bytes der, String name) throws MalformedException {
        if (der.length() > MAX_LENGTH) {
            throw new MalformedException(
                    name, "at most " + MAX_LENGTH + " bytes", der.length() + " bytes");
        }
        return new RevocationList(der, name);
    }

    private static Set<BigInteger> revoked(DerReader body, String name) throws MalformedException {
        if (!body.nextIs(DerReader.SEQUENCE)) {
            return Set.of();
        }
        var serials = new HashSet<BigInteger>();
        DerReader entries = body.element("revoked", DerReader.SEQUENCE);
        while (entries.hasNext()) {
            DerReader entry = entries.element("entry", DerReader.SEQUENCE);
            serials.add(entry.natural("serial", DerReader.INTEGER, MAX_SERIAL));
            X509Time.read(entry, name + ".revocationDate");
            if (entry.hasNext()) {
                refuseCritical(
                        Extension.readAll(entry.element("extensions", DerReader.SEQUENCE)), name);
            }
            entry.end();
        }
        return Set.copyOf(serials);
    }

    private static void extensions(DerReader body, String name) throws MalformedException {
        if (body.hasNext()) {
            DerReader wrapper = body.element("extensions", EXTENSIONS_TAG);
            DerReader list = wrapper.element("list", DerReader.SEQUENCE);
            wrapper.end();
            refuseCritical(Extension.readAll(list), name);
        }
    }

    private static void refuseCritical(Map<String, Extension> extensions, String name)
            throws MalformedException {
        for (Extension extension : extensions.values()) {
            if (extension.critical()) {
                throw new MalformedException(
                        name + ".extensions", "no critical extension", extension.oid());
            }
        }
    }

    /// The bytes it was read from.
    public Bytes der() {
        return der;
    }

    /// Who issued it, by its own words.
    public X509Name issuer() {
        return issuer;
    }

    /// When it was issued.
    public Instant thisUpdate() {
        return thisUpdate;
    }

    /// By when the next is issued; afterwards this one says nothing.
    public Instant nextUpdate() {
        return nextUpdate;
    }

    /// Whether `instant` is between both updates, both ends included.
    public boolean isValidAt(Instant instant) {
        return !instant.isBefore(thisUpdate) && !instant.isAfter(nextUpdate);
    }

    /// Whether the certificate with `serial` by this list's issuer is revoked.
    public boolean revokes(BigInteger serial) {
        return revoked.contains(serial);
    }

    /// Whether `signer` signed this list with `algorithm`.
    ///
    /// @throws MalformedException if the signer's key is no key of that algorithm
    public boolean isSignedBy(
            Certificate signer, SignatureAlgorithm algorithm, SignatureChecks checks)
            throws MalformedException {
        return frame.algorithm() == algorithm
                && checks.x509(
                        algorithm, signer.publicKey(algorithm), frame.body(), frame.signature());
    }

    @Override
    public String toString() {
        return "RevocationList[" + issuer + " of " + thisUpdate + "]";
    }
}
