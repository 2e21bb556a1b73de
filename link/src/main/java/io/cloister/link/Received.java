package io.cloister.link;

import java.util.ArrayDeque;

/// What arrived on a stream and nobody has read yet, in order. Takes no more than about twice the
/// memory of the bytes in it, however many pieces they come in: a peer that sends them one by one
/// gains nothing. Not thread-safe.
final class Received {
    /// Pieces below this size, in bytes, are gathered.
    private static final int SMALL = 4 << 10;

    private static final class Piece {
        private final byte[] bytes;
        private int start;
        private int end;

        Piece(byte[] bytes, int end) {
            this.bytes = bytes;
            this.end = end;
        }
    }

    private final ArrayDeque<Piece> pieces = new ArrayDeque<>();

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /// How many bytes one call of [#take] can give.
    int available() {
        Piece first = pieces.peekFirst();
        return first == null ? 0 : first.end - first.start;
    }

    /// Adds bytes at the end; they belong to this object from now on.
    void add(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        if (bytes.length >= SMALL) {
            pieces.add(new Piece(bytes, bytes.length));
            return;
        }
        Piece last = pieces.peekLast();
        int fitting = last == null ? 0 : Math.min(bytes.length, last.bytes.length - last.end);
        if (last != null && fitting > 0) {
            System.arraycopy(bytes, 0, last.bytes, last.end, fitting);
            last.end += fitting;
        }
        if (fitting < bytes.length) {
            var next = new Piece(new byte[SMALL], bytes.length - fitting);
            System.arraycopy(bytes, fitting, next.bytes, 0, next.end);
            pieces.add(next);
        }
    }

    /// Moves the first bytes to `into`, at most `length` of them.
    ///
    /// @return how many, 0 if there is none
    int take(byte[] into, int offset, int length) {
        Piece first = pieces.peekFirst();
        if (first == null) {
            return 0;
        }
        int part = Math.min(length, first.end - first.start);
        System.arraycopy(first.bytes, first.start, into, offset, part);
        first.start += part;
        if (first.start == first.end) {
            pieces.removeFirst();
        }
        return part;
    }

    void clear() {
        pieces.clear();
    }

    /// Bytes of memory that the content takes.
    int capacity() {
        return pieces.stream().mapToInt(piece -> piece.bytes.length).sum();
    }
}
