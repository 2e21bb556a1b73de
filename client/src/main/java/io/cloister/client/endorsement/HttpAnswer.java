package io.cloister.client.endorsement;

import io.cloister.protocol.Bytes;

import java.util.Optional;

/// What a service answered with status 200.
///
/// @param body byte for byte
/// @param chain the header with the issuer chain, as it came; nothing if the service sends none
record HttpAnswer(Bytes body, Optional<String> chain) {}
