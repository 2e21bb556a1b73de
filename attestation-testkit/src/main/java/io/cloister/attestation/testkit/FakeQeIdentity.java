package io.cloister.attestation.testkit;

import io.cloister.attestation.intel.TeeType;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// QE identity of a fake Intel. A test alters it by [#replace] in the text before that is signed.
/// Used by one thread.
public final class FakeQeIdentity {
    private final TeeType kind;
    private final List<String[]> replacements = new ArrayList<>();
    private Instant issueDate;
    private Instant nextUpdate;
    private int evaluation = 18;

    FakeQeIdentity(TeeType kind, Instant issueDate, Instant nextUpdate) {
        this.kind = kind;
        this.issueDate = issueDate;
        this.nextUpdate = nextUpdate;
    }

    /// From when it counts.
    public FakeQeIdentity issueDate(Instant instant) {
        this.issueDate = instant;
        return this;
    }

    /// Until when it counts.
    public FakeQeIdentity nextUpdate(Instant instant) {
        this.nextUpdate = instant;
        return this;
    }

    /// Sets `tcbEvaluationDataNumber`.
    public FakeQeIdentity evaluation(int number) {
        this.evaluation = number;
        return this;
    }

    /// Replaces each `part` of the text before it is signed.
    ///
    /// @throws IllegalArgumentException from [#body], if there is none
    public FakeQeIdentity replace(String part, String other) {
        replacements.add(new String[] {part, other});
        return this;
    }

    /// The text that is signed.
    public String body() {
        Json identity =
                Json.object()
                        .put("id", kind == TeeType.SGX ? "QE" : "TD_QE")
                        .put("version", 2)
                        .put("issueDate", issueDate.toString())
                        .put("nextUpdate", nextUpdate.toString())
                        .put("tcbEvaluationDataNumber", evaluation)
                        .put("miscselect", "00000000")
                        .put("miscselectMask", "FFFFFFFF")
                        .put("attributes", "11000000000000000000000000000000")
                        .put("attributesMask", "FBFFFFFFFFFFFFFF0000000000000000")
                        .put("mrsigner", FakeQuote.QE_SIGNER.hex())
                        .put("isvprodid", kind == TeeType.SGX ? 1 : 2)
                        .put(
                                "tcbLevels",
                                List.of(
                                        FakeTcbInfo.isvLevel(8, "UpToDate"),
                                        FakeTcbInfo.isvLevel(6, "OutOfDate"),
                                        FakeTcbInfo.isvLevel(4, "Revoked")))
                        .build();
        return FakeTcbInfo.replaced(identity.text(), replacements);
    }
}
