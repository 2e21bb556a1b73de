package io.cloister.server;

import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.PackParser;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// An empty bare repository for one fetch, which takes in no more than a [GitBudget] allows.
final class GitScratch extends FileRepository {
    private static final int PACK_HEADER = 12;
    private static final int COUNT = 8;

    private final GitBudget budget;
    private final GitCode.Bounds bounds;

    private GitScratch(FileRepositoryBuilder how, GitBudget budget, GitCode.Bounds bounds)
            throws IOException {
        super(how);
        this.budget = budget;
        this.bounds = bounds;
    }

    static GitScratch create(Path folder, GitBudget budget, GitCode.Bounds bounds)
            throws IOException {
        var repository =
                new GitScratch(
                        new FileRepositoryBuilder().setGitDir(folder.toFile()).setBare().setup(),
                        budget,
                        bounds);
        repository.create(true);
        StoredConfig config = repository.getConfig();
        config.setString("http", null, "followRedirects", "false");
        config.setBoolean("http", null, "sslVerify", true);
        config.save();
        return repository;
    }

    @Override
    public ObjectInserter newObjectInserter() {
        return new Bounded(super.newObjectInserter());
    }

    private final class Bounded extends ObjectInserter.Filter {
        private final ObjectInserter inserter;

        Bounded(ObjectInserter inserter) {
            this.inserter = inserter;
        }

        @Override
        protected ObjectInserter delegate() {
            return inserter;
        }

        @Override
        public PackParser newPackParser(InputStream in) throws IOException {
            InputStream limited = budget.limited(in, bounds.packBytes());
            // The parser reserves memory for as many objects as the header says.
            byte[] header = limited.readNBytes(PACK_HEADER);
            if (header.length == PACK_HEADER
                    && Integer.toUnsignedLong(ByteBuffer.wrap(header).getInt(COUNT))
                            > bounds.objects()) {
                throw budget.exceeded();
            }
            PackParser parser =
                    inserter.newPackParser(
                            new SequenceInputStream(new ByteArrayInputStream(header), limited));
            parser.setMaxObjectSizeLimit(bounds.fileBytes());
            return parser;
        }
    }
}
