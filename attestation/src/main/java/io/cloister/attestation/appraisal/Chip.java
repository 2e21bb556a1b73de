package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// One piece of hardware that a policy accepts. Text form: the kind, a colon, and lower-case
/// hexadecimal digits.
public sealed interface Chip {
    /// Its bytes.
    Bytes id();

    /// The word before the colon.
    String word();

    /// An AMD processor.
    ///
    /// @param id CHIP_ID, 64 bytes, not zeros: a report whose chip is masked has zeros
    record Snp(Bytes id) implements Chip {
        private static final int LENGTH = 64;
        private static final String WORD = "snp-chip";

        public Snp {
            HexMember.requireMeasured("CHIP_ID", id, LENGTH);
        }

        @Override
        public String word() {
            return WORD;
        }

        @Override
        public String toString() {
            return text(this);
        }
    }

    /// An Intel processor.
    ///
    /// @param id PPID, 16 bytes, not zeros
    record IntelProcessor(Bytes id) implements Chip {
        private static final int LENGTH = 16;
        private static final String WORD = "intel-ppid";

        public IntelProcessor {
            HexMember.requireMeasured("PPID", id, LENGTH);
        }

        @Override
        public String word() {
            return WORD;
        }

        @Override
        public String toString() {
            return text(this);
        }
    }

    /// An Intel platform of several packages.
    ///
    /// @param id platform instance, 16 bytes, not zeros
    record IntelPlatform(Bytes id) implements Chip {
        private static final int LENGTH = 16;
        private static final String WORD = "intel-platform";

        public IntelPlatform {
            HexMember.requireMeasured("the platform instance", id, LENGTH);
        }

        @Override
        public String word() {
            return WORD;
        }

        @Override
        public String toString() {
            return text(this);
        }
    }

    /// Reads the text form.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    static Chip parse(String text, String path) throws MalformedException {
        int colon = text.indexOf(':');
        String word = text.substring(0, Math.max(colon, 0));
        String digits = text.substring(colon + 1);
        return switch (word) {
            case Snp.WORD -> new Snp(id(digits, path, Snp.LENGTH));
            case IntelProcessor.WORD -> new IntelProcessor(id(digits, path, IntelProcessor.LENGTH));
            case IntelPlatform.WORD -> new IntelPlatform(id(digits, path, IntelPlatform.LENGTH));
            default ->
                    throw new MalformedException(
                            path, "snp-chip:, intel-ppid: or intel-platform: and digits", text);
        };
    }

    private static Bytes id(String digits, String path, int length) throws MalformedException {
        Bytes id = HexMember.parse(digits, path, length);
        if (HexMember.isZero(id)) {
            throw new MalformedException(path, "another value than zeros", "zeros");
        }
        return id;
    }

    private static String text(Chip chip) {
        return chip.word() + ":" + chip.id().hex();
    }
}
