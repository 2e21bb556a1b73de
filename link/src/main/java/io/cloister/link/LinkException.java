package io.cloister.link;

import java.io.IOException;

/// The link, or one stream of it, can't go on: the peer broke the format, reset the stream, fell
/// silent or is gone.
public class LinkException extends IOException {
    private static final long serialVersionUID = 1L;

    LinkException(String message) {
        super(message);
    }

    LinkException(String message, Throwable cause) {
        super(message, cause);
    }
}
