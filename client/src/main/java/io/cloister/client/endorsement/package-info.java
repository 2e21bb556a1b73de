/// Endorsements from the vendors' services: fetched, checked, cached.
@NullMarked
package io.cloister.client.endorsement;

import org.jspecify.annotations.NullMarked;
