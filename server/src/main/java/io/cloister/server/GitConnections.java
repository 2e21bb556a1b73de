package io.cloister.server;

import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.eclipse.jgit.transport.http.JDKHttpConnection;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;

/// Connections to one repository, for the two requests of git's own protocol over HTTP and nothing
/// else: not to another host or path, and not for the files of a repository one by one, which may
/// name other places to look.
final class GitConnections implements HttpConnectionFactory {
    private final URI repository;
    private final GitBudget budget;
    private final long most;

    /// @param repository its address
    /// @param most bytes of one answer
    GitConnections(URI repository, GitBudget budget, long most) {
        this.repository = repository;
        this.budget = budget;
        this.most = most;
    }

    @Override
    public HttpConnection create(URL url) throws IOException {
        require(url);
        return new Bounded(url);
    }

    @Override
    public HttpConnection create(URL url, Proxy proxy) throws IOException {
        require(url);
        return new Bounded(url, proxy);
    }

    private void require(URL url) throws IOException {
        String base = repository.toString();
        String root = base.endsWith("/") ? base : base + "/";
        String asked = url.toString();
        if (!asked.equals(root + "info/refs?service=git-upload-pack")
                && !asked.equals(root + "git-upload-pack")) {
            throw new IOException("not a request of git's protocol: " + asked);
        }
    }

    private final class Bounded extends JDKHttpConnection {
        Bounded(URL url) throws IOException {
            super(url);
        }

        Bounded(URL url, Proxy proxy) throws IOException {
            super(url, proxy);
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return budget.limited(super.getInputStream(), most);
        }
    }
}
