package io.cloister.checks;

/// A class that a rule must refuse.
///
/// @param rule the rule's name
/// @param name the full name the class gets
/// @param source its declaration
record BadSample(String rule, String name, String source) {
    @Override
    public String toString() {
        return rule + ": " + name;
    }
}
