package io.cloister.protocol;

/// Every domain label of the protocol's public half, once. A label keeps bytes made for one purpose
/// from meaning something for another.
public final class Labels {
    public static final String PROPOSAL = "application/vnd.cloister.proposal.v1+json";
    public static final String CARD = "application/vnd.cloister.card.v1+json";
    public static final String CODE_STATEMENT = "application/vnd.cloister.code-statement.v1+json";
    public static final String AGREEMENT = "application/vnd.cloister.agreement.v1+json";
    public static final String IDENTITY = "application/vnd.cloister.identity.v1+json";
    public static final String GRANT = "application/vnd.cloister.grant.v1+json";
    public static final String INPUT_LIST = "application/vnd.cloister.input-list.v1+json";
    public static final String OUTPUT_INDEX = "application/vnd.cloister.output-index.v1+json";

    public static final String COSMIAN_AGREEMENT =
            "application/vnd.cloister.cosmian-agreement.v1+json";
    public static final String COSMIAN_IDENTITY =
            "application/vnd.cloister.cosmian-identity.v1+json";
    public static final String COSMIAN_INPUTS = "application/vnd.cloister.cosmian-inputs.v1+json";

    /// DSSE payload type of every in-toto Statement (in-toto attestation framework v1).
    public static final String IN_TOTO = "application/vnd.in-toto+json";

    /// The in-toto statement's own `_type`.
    public static final String IN_TOTO_STATEMENT = "https://in-toto.io/Statement/v1";

    /// The receipt's `predicateType`.
    public static final String RECEIPT = "urn:cloister:receipt:v1";

    /// Begins what report data is a digest of.
    public static final String REPORT_DATA = "cloister/report-data/v1";

    /// Begins what the agreement's phrase is a digest of.
    public static final String PHRASE = "cloister/agreement-phrase/v1";

    private Labels() {}
}
