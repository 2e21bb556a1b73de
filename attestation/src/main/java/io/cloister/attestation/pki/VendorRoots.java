package io.cloister.attestation.pki;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

/// The roots that hardware Evidence must chain to. Everything but these keys arrives with Evidence
/// and Endorsements, and is believed only for what it chains to.
///
/// Production code uses [#pinned]; other values exist for fake vendors in tests.
///
/// @param intel root of SGX and TDX
/// @param milan root of SEV-SNP on third-generation EPYC
/// @param genoa root of SEV-SNP on fourth-generation EPYC
/// @param turin root of SEV-SNP on fifth-generation EPYC
public record VendorRoots(PinnedKey intel, PinnedKey milan, PinnedKey genoa, PinnedKey turin) {
    /// The vendors' own.
    public static VendorRoots pinned() {
        return new VendorRoots(
                key(
                        "Intel SGX Root CA",
                        "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e",
                        "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"),
                key(
                        "ARK-Milan",
                        "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9",
                        "https://kdsintf.amd.com/vcek/v1/Milan/cert_chain"),
                key(
                        "ARK-Genoa",
                        "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831",
                        "https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain"),
                key(
                        "ARK-Turin",
                        "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08",
                        "https://kdsintf.amd.com/vcek/v1/Turin/cert_chain"));
    }

    private static PinnedKey key(String name, String digest, String origin) {
        try {
            return new PinnedKey(name, Sha256.parse("sha256:" + digest, name), origin);
        } catch (MalformedException e) {
            throw new CloisterBugException("a pinned key is malformed", e);
        }
    }
}
