package io.cloister.server;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;

import java.io.File;

/// Git without anybody's settings: those of the machine and of the account a server runs as could
/// send a fetch elsewhere, or switch checks off. Nothing is written there either.
final class GitNoSettings extends SystemReader.Delegate {
    GitNoSettings(SystemReader usual) {
        super(usual);
    }

    @Override
    public FileBasedConfig openUserConfig(Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    public FileBasedConfig openSystemConfig(Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    @Override
    public FileBasedConfig openJGitConfig(Config parent, FS fs) {
        return new Empty(parent, fs);
    }

    private static final class Empty extends FileBasedConfig {
        Empty(Config parent, FS fs) {
            super(parent, new File("none"), fs);
        }

        @Override
        public void load() {
            // There is nothing.
        }

        @Override
        public void save() {
            // There is nowhere.
        }

        @Override
        public boolean isOutdated() {
            return false;
        }
    }
}
