package io.cloister.server;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

import java.io.Closeable;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/// The embedded database: one connection that writes, a few that read beside it (WAL). A write is
/// durable when the call returns (synchronous=FULL). Safe for use by several threads.
final class Database implements Closeable {
    private static final int READERS = 4;
    private static final int BUSY_MILLIS = (int) Duration.ofSeconds(20).toMillis();

    private final List<Connection> connections = new ArrayList<>();
    private final Jdbi writer;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final BlockingQueue<Jdbi> readers = new ArrayBlockingQueue<>(READERS);

    private Database(SQLiteDataSource source) throws SQLException {
        writer = connect(source);
        for (int i = 0; i < READERS; i++) {
            readers.add(connect(source));
        }
    }

    /// Opens the database `file`, made or brought up to date if need be.
    static Database open(Path file) throws SetupException {
        SQLiteDataSource source = source(file);
        try {
            Flyway.configure(Database.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:io/cloister/server/migrations")
                    .load()
                    .migrate();
            return new Database(source);
        } catch (FlywayException | SQLException e) {
            throw new SetupException("can't open the database " + file + ": " + e.getMessage(), e);
        }
    }

    static SQLiteDataSource source(Path file) {
        var config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_MILLIS);
        var source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    private Jdbi connect(SQLiteDataSource source) throws SQLException {
        Connection connection = source.getConnection();
        connections.add(connection);
        return Jdbi.create(connection);
    }

    /// Reads one consistent state.
    <T> T read(Function<Handle, T> query) {
        Jdbi reader;
        try {
            reader = readers.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the database", e);
        }
        try {
            return reader.withHandle(query::apply);
        } finally {
            readers.add(reader);
        }
    }

    /// Does all of `work` or nothing of it; durable on return.
    <T> T write(Function<Handle, T> work) {
        writing.lock();
        try {
            return writer.inTransaction(work::apply);
        } finally {
            writing.unlock();
        }
    }

    /// As [#write], for work without a result.
    void change(Consumer<Handle> work) {
        write(handle -> {
            work.accept(handle);
            return true;
        });
    }

    @Override
    public void close() {
        writing.lock();
        try {
            for (Connection connection : connections) {
                try {
                    connection.close();
                } catch (SQLException _) {
                    // Every write was durable already.
                }
            }
        } finally {
            writing.unlock();
        }
    }
}
