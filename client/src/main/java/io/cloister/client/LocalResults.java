package io.cloister.client;

import io.cloister.protocol.document.FileName;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// What a run on this machine wrote, on its way to its user: under the same rules as an opened
/// result, since the code chose the names.
public final class LocalResults {
    private LocalResults() {}

    /// A result.
    ///
    /// @param name what the code called it
    /// @param content where its bytes are
    public record Produced(FileName name, Path content) {}

    /// Copies all of them, or none, into a folder.
    ///
    /// @throws ClientException if there is a file in the way, or the folder can't be written to
    public static List<OpenedFile> deliver(List<Produced> results, ResultDesk.Delivery delivery)
            throws ClientException {
        try (var landing = new Landing(delivery, results.size())) {
            for (int i = 0; i < results.size(); i++) {
                Produced result = results.get(i);
                Path place = landing.place(result.name(), i);
                try {
                    Files.copy(result.content(), place, StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException e) {
                    throw ClientException.local("can't write to " + delivery.folder(), e);
                }
            }
            return landing.deliver();
        }
    }
}
