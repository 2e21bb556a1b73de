@NullMarked
package io.cloister.agent.evidence;

import org.jspecify.annotations.NullMarked;
