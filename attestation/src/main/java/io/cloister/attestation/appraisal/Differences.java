package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;

import java.util.ArrayList;
import java.util.List;

/// Compares a reference value with what was found, member by member. Used by one thread.
final class Differences {
    private final List<String> names = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private final List<String> actual = new ArrayList<>();
    private String allExpected = "";
    private String allActual = "";

    Differences equal(String name, Bytes wanted, Bytes found) {
        return compare(name, wanted.equals(found), wanted.hex(), found.hex());
    }

    Differences equal(String name, long wanted, long found) {
        return compare(name, wanted == found, Long.toString(wanted), Long.toString(found));
    }

    Differences atLeast(String name, long least, long found) {
        return compare(name, found >= least, least + " or more", Long.toString(found));
    }

    Differences oneOf(String name, List<Bytes> accepted, Bytes found) {
        String wanted = String.join(" or ", accepted.stream().map(Bytes::hex).toList());
        return compare(name, accepted.contains(found), wanted, found.hex());
    }

    private Differences compare(String name, boolean same, String wanted, String found) {
        if (allExpected.isEmpty()) {
            allExpected = name + "=" + wanted;
            allActual = name + "=" + found;
        }
        if (!same) {
            names.add(name);
            expected.add(name + "=" + wanted);
            actual.add(name + "=" + found);
        }
        return this;
    }

    /// How many members differ.
    int count() {
        return names.size();
    }

    /// Which ones.
    String names() {
        return String.join(", ", names);
    }

    /// What the value says of these, or without any of its first member.
    String expected() {
        return names.isEmpty() ? allExpected : String.join(", ", expected);
    }

    /// What was found of these, or without any of the first member.
    String actual() {
        return names.isEmpty() ? allActual : String.join(", ", actual);
    }
}
