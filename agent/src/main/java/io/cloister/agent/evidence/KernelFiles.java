package io.cloister.agent.evidence;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The files of this machine.
record KernelFiles() implements AttestationFiles {
    @Override
    public boolean isFolder(Path path) {
        return Files.isDirectory(path);
    }

    @Override
    public boolean isFile(Path path) {
        return Files.exists(path) && !Files.isDirectory(path);
    }

    @Override
    public void makeFolder(Path folder) throws IOException {
        Files.createDirectory(folder);
    }

    @Override
    public void removeFolder(Path folder) throws IOException {
        // In configfs the attributes go with their folder: one rmdir(2) is all.
        Files.delete(folder);
    }

    @Override
    public ReadableByteChannel openToRead(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public WritableByteChannel openToWrite(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.WRITE);
    }
}
