@NullMarked
package io.cloister.client.endorsement;

import org.jspecify.annotations.NullMarked;
