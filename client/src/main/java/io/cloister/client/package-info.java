/// A participant's side: keys, every check, sealing, opening. What is *verified here* and what *the
/// server says* are different types: the latter live in `io.cloister.client.server`.
@NullMarked
package io.cloister.client;

import org.jspecify.annotations.NullMarked;
