package io.cloister.server;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// Who may call an operation; the words of `x-roles` in `spec/openapi.yaml`.
enum Access {
    /// Everybody.
    ANONYMOUS,
    /// Whoever has an access token, a guest's included.
    BEARER,
    /// Whoever has an access token of an account.
    ACCOUNT,
    /// Everyone of the computation.
    PARTICIPANT,
    OWNER,
    CODE_PROVIDER,
    DATA_PROVIDER,
    RESULT_CONSUMER,
    /// Everyone of the computation with a role besides owner.
    SIGNER;

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Access ofWord(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /// Everything a member with the stored `roles` may pass as.
    static Set<Access> ofMember(String roles) {
        Set<Access> all = EnumSet.of(PARTICIPANT);
        for (String word : roles.split(" ", -1)) {
            Access role = ofWord(word);
            all.add(role);
            if (role != OWNER) {
                all.add(SIGNER);
            }
        }
        return all;
    }
}
