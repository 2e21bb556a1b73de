package io.cloister.attestation.amd.launch;

import io.cloister.protocol.Bytes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/// GUIDs as UEFI stores them: the first three groups little-endian.
final class Guids {
    private Guids() {}

    static Bytes of(String text) {
        UUID uuid = UUID.fromString(text);
        long high = uuid.getMostSignificantBits();
        var stored = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        stored.putInt((int) (high >>> 32));
        stored.putShort((short) (high >>> 16));
        stored.putShort((short) high);
        stored.order(ByteOrder.BIG_ENDIAN).putLong(uuid.getLeastSignificantBits());
        return Bytes.copyOf(stored.array());
    }
}
