package io.cloister.server;

import io.cloister.launcher.Launcher;

import java.security.SecureRandom;
import java.time.Clock;

/// What the parts of a running server share. Every part is safe for use by several threads.
///
/// @param folder where files are
/// @param database where everything small is
/// @param registry computations
/// @param blobs ciphertexts
/// @param quotas what accounts may store
/// @param feeds who waits for events
/// @param launcher starts enclaves
/// @param limits bounds and times
/// @param clock the operator's clock
/// @param random for ids
/// @param log the log
record Control(
        DataFolder folder,
        Database database,
        Registry registry,
        BlobStore blobs,
        Quotas quotas,
        Feeds feeds,
        Launcher launcher,
        ServerSettings.Limits limits,
        Clock clock,
        SecureRandom random,
        JsonLog log) {}
