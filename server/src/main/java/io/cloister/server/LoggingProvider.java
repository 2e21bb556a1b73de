package io.cloister.server;

import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

import java.io.Serial;
import java.time.Clock;

/// Puts warnings and errors of the libraries below (the HTTP server, the database) into the log's
/// form, on standard error. Found by SLF4J; not for use by hand.
public final class LoggingProvider implements SLF4JServiceProvider {
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter context = new NOPMDCAdapter();
    private final JsonLog log = new JsonLog(System.err, Clock.systemUTC());
    private final ILoggerFactory loggers = name -> new LineLogger(name, log);

    @Override
    public ILoggerFactory getLoggerFactory() {
        return loggers;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return context;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0";
    }

    @Override
    public void initialize() {}

    private static final class LineLogger extends LegacyAbstractLogger {
        @Serial private static final long serialVersionUID = 1L;

        private final transient JsonLog log;

        LineLogger(String name, JsonLog log) {
            this.name = name;
            this.log = log;
        }

        @Override
        public boolean isTraceEnabled() {
            return false;
        }

        @Override
        public boolean isDebugEnabled() {
            return false;
        }

        @Override
        public boolean isInfoEnabled() {
            return false;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                @Nullable String message,
                Object @Nullable [] arguments,
                @Nullable Throwable failure) {
            JsonLog.Line line =
                    (level == Level.ERROR ? log.error("library") : log.warning("library"))
                            .with("logger", name)
                            .with(
                                    "message",
                                    String.valueOf(
                                            MessageFormatter.basicArrayFormat(message, arguments)));
            if (failure != null) {
                line.because(failure);
            }
            line.write();
        }
    }
}
