/// Where the agent gets Evidence about itself.
@NullMarked
package io.cloister.agent.evidence;

import org.jspecify.annotations.NullMarked;
