package io.cloister.client;

import io.cloister.protocol.document.FileName;

import java.nio.file.Path;

/// A result on this machine.
///
/// @param name what the code called it
/// @param path where it is now
public record OpenedFile(FileName name, Path path) {}
