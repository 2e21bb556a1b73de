/// Starting and stopping enclaves, behind one interface. The control plane programs against this
/// package only; what is measured, and by which platform, is the business of the launcher that does
/// it.
@NullMarked
package io.cloister.launcher;

import org.jspecify.annotations.NullMarked;
