/// Checks of the house rules over the sources and classes of every module.
///
/// [Boundaries] says which module may use which, [HouseRules] what no class may do, [SourceRules]
/// what no source file may hold, [DocumentLinks] what the documents may link to. Each rule has a
/// bad sample in the tests that it must refuse.
@NullMarked
package io.cloister.checks;

import org.jspecify.annotations.NullMarked;
