package io.cloister.attestation.testkit;

import org.jspecify.annotations.Nullable;

import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Signature;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The JDK's signatures, counted.
public final class CountingProvider extends Provider {
    private static final long serialVersionUID = 1L;

    private static final String OTHER = "SHA512withECDSAinP1363Format";

    private volatile boolean erring;
    private final transient Map<String, Integer> made = new ConcurrentHashMap<>();

    /// Offers `algorithms` and nothing else.
    public CountingProvider(String... algorithms) {
        super("Counting", "1", "counts");
        for (String algorithm : algorithms) {
            putService(new Made(this, algorithm));
        }
    }

    /// Whether it uses another hash from now on, so that no signature verifies.
    public void erring(boolean now) {
        erring = now;
    }

    /// How many signatures with `algorithm` there were.
    public int of(String algorithm) {
        return made.getOrDefault(algorithm, 0);
    }

    private static final class Made extends Service {
        private final CountingProvider counting;

        Made(CountingProvider counting, String algorithm) {
            super(
                    counting,
                    "Signature",
                    algorithm,
                    CountingProvider.class.getName(),
                    List.of(),
                    Map.of());
            this.counting = counting;
        }

        @Override
        public Object newInstance(@Nullable Object parameter) throws NoSuchAlgorithmException {
            counting.made.merge(getAlgorithm(), 1, Integer::sum);
            return Signature.getInstance(counting.erring ? OTHER : getAlgorithm());
        }
    }
}
