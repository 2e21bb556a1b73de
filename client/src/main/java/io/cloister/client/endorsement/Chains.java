package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.Pem;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// What the answers of both vendors have in common: short chains to a pinned root, and revocation
/// lists.
///
/// @param algorithm with which the vendor signs
/// @param checks checks signatures
record Chains(SignatureAlgorithm algorithm, SignatureChecks checks) {
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String CRL = "X509 CRL";

    /// A signer and the root above it.
    ///
    /// @param signer signed by the root
    /// @param root carries the pinned key
    record Chain(Certificate signer, Certificate root) {
        List<Certificate> all() {
            return List.of(signer, root);
        }
    }

    /// The chain in a response header: PEM, percent-encoded (PCS 4, "Issuer chain").
    Chain ofHeader(HttpAnswer answer, String signer, PinnedKey pinned)
            throws MalformedException, AnswerException {
        String encoded =
                answer.chain()
                        .orElseThrow(() -> new AnswerException("it has no issuer chain header"));
        String text;
        try {
            // A plus is a digit of base64 here, not a blank of a form.
            text = URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.US_ASCII);
        } catch (IllegalArgumentException _) {
            throw new AnswerException("its issuer chain header is not percent-encoded");
        }
        return ofPem(Bytes.utf8(text), signer, pinned);
    }

    /// A chain of exactly signer and root.
    Chain ofPem(Bytes pem, String signer, PinnedKey pinned)
            throws MalformedException, AnswerException {
        List<Bytes> blocks = Pem.blocks(pem, CERTIFICATE, "issuerChain");
        if (blocks.size() != 2) {
            throw new AnswerException(
                    "its issuer chain has " + blocks.size() + " certificates, not signer and root");
        }
        var chain =
                new Chain(
                        Certificate.parse(blocks.get(0), "issuerChain.signer"),
                        Certificate.parse(blocks.get(1), "issuerChain.root"));
        require(pinned.matches(chain.root()), "its root is not " + pinned.name());
        require(
                chain.signer().subject().commonName().equals(signer),
                "its signer is not " + signer);
        require(
                isIssued(chain.signer(), chain.root()),
                "its signer's certificate is not by " + pinned.name());
        return chain;
    }

    /// Whether `issuer` may issue, and did issue, `certificate`.
    boolean isIssued(Certificate certificate, Certificate issuer) throws MalformedException {
        return issuer.maySignCertificates()
                && certificate.issuer().equals(issuer.subject())
                && certificate.isSignedBy(issuer, algorithm, checks);
    }

    /// The same for an issuer that may be anything.
    boolean hasIssued(Certificate issuer, Certificate certificate) {
        try {
            return isIssued(certificate, issuer);
        } catch (MalformedException _) {
            return false;
        }
    }

    /// The certificates among `present`; what is none is left to the verifier.
    static List<Certificate> readable(Endorsements present) {
        var all = new ArrayList<Certificate>();
        for (Endorsement one : present.all()) {
            if (one instanceof Endorsement.X509(var der)) {
                try {
                    all.add(Certificate.parse(der, "endorsements.certificate"));
                } catch (MalformedException _) {
                    // It refuses the Evidence it came with, and says nothing of what is needed.
                }
            }
        }
        return all;
    }

    /// A revocation list by `issuer`, in DER, in PEM, or as PCCS sends it: DER in hexadecimal
    /// digits.
    ///
    /// @param chain the issuer and what is above it
    Checked revocationList(Bytes body, Certificate issuer, List<Certificate> chain)
            throws MalformedException, AnswerException {
        Bytes der = der(body);
        RevocationList list = RevocationList.parse(der, "crl");
        require(
                list.issuer().equals(issuer.subject())
                        && issuer.maySignRevocationLists()
                        && list.isSignedBy(issuer, algorithm, checks),
                "the revocation list is not by " + issuer.subject());
        return of(
                Stream.of(new Endorsement.Crl(der)),
                chain,
                0,
                list.thisUpdate(),
                list.nextUpdate());
    }

    private static Bytes der(Bytes body) throws MalformedException {
        if (Pem.isPem(body)) {
            return Pem.blocks(body, CRL, "crl").getFirst();
        }
        String text = new String(body.toArray(), StandardCharsets.ISO_8859_1).strip();
        boolean isHex =
                text.length() % 2 == 0
                        && !text.isEmpty()
                        && text.chars().allMatch(HexFormat::isHexDigit);
        return isHex ? Bytes.copyOf(HexFormat.of().parseHex(text)) : body;
    }

    /// A document of an evaluation with the certificates that vouch for it.
    static Checked checked(
            Endorsement document,
            List<Certificate> chain,
            int evaluation,
            Instant from,
            Instant until) {
        return of(Stream.of(document), chain, evaluation, from, until);
    }

    /// Certificates alone.
    static Checked checked(List<Certificate> chain) {
        return of(Stream.empty(), chain, 0, Instant.MIN, Instant.MAX);
    }

    private static Checked of(
            Stream<Endorsement> document,
            List<Certificate> chain,
            int evaluation,
            Instant from,
            Instant until) {
        Instant latest = from;
        Instant earliest = until;
        for (Certificate certificate : chain) {
            latest = later(latest, certificate.notBefore());
            earliest = earlier(earliest, certificate.notAfter());
        }
        return new Checked(
                Stream.concat(document, chain.stream().map(one -> new Endorsement.X509(one.der())))
                        .toList(),
                chain,
                evaluation,
                latest,
                earliest);
    }

    static void require(boolean holds, String otherwise) throws AnswerException {
        if (!holds) {
            throw new AnswerException(otherwise);
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
